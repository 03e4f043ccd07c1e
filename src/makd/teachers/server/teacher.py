"""A multimodal LLM behind an OpenAI-compatible server as a teacher."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from makd.data.images import quiet
from makd.data.samples import Sample
from makd.errors import MakdError
from makd.progress import Progress, Silent
from makd.questions.bank import Question
from makd.teachers.base import Answer, Failure, Need, TeacherCard
from makd.teachers.heeding import REPLY_TOKENS
from makd.teachers.server.asking import Comparison, as_answer, ask_jointly, ask_singly
from makd.teachers.server.budget import Budget, BudgetSpentError, Usage
from makd.teachers.server.client import Client, Wait
from makd.teachers.server.dialect import Dialect
from makd.teachers.server.errors import RefusedError
from makd.teachers.server.event_loop import background_loop
from makd.teachers.server.messages import PictureForm, many_questions, message, one_question
from makd.teachers.server.settings import ServerSettings

_REFUSALS = 4


class ServerTeacher:
    """Asks a server about several pictures at a time; what it costs is counted and said.

    Args:
        settings: which model, where, and how it is asked.
        wait: waits so many seconds before a request is sent again.
        progress: where the disagreement of joint questions and the usage are said.
    """

    def __init__(
        self, settings: ServerSettings, wait: Wait = asyncio.sleep, *, progress: Progress = Silent()
    ) -> None:
        self.settings, self.wait, self.progress = settings, wait, progress
        self.budget = Budget(
            max_requests=settings.max_requests,
            max_tokens=settings.max_tokens,
            max_cost=settings.max_cost,
            price_input=settings.price_input,
            price_output=settings.price_output,
        )
        self.picture = PictureForm(settings.picture_format, settings.picture_side, settings.picture_detail)
        self.comparison = Comparison(settings.compared if settings.questions_per_request > 1 else 0, progress)

    @property
    def usage(self) -> Usage:
        """What was used up to now."""
        return self.budget.usage

    @property
    def needs(self) -> Need:
        """It sees pictures, never labels."""
        return "image"

    @cached_property
    def card(self) -> TeacherCard:
        """Who answers; the first look asks the server one short question.

        The revision is what the server calls the model that answers, where that is not the name it was asked
        by (`gpt-4o` may be answered by `gpt-4o-2024-08-06`).
        """
        return self._probed[0]

    @cached_property
    def _probed(self) -> tuple[TeacherCard, Dialect]:
        with self._connected(Dialect()) as (client, loop):
            reply = asyncio.run_coroutine_threadsafe(client.probe(), loop).result()
        settings = self.settings
        joint = settings.questions_per_request
        text = one_question("{question}") if joint == 1 else many_questions(["{question}"])
        reading: dict[str, object] = {"questions_per_request": joint} if joint > 1 else {}
        if settings.reliability is not None:
            reading["reliability"] = settings.reliability
        card = TeacherCard(
            name=f"openai:{settings.model}",
            revision="" if reply.model == settings.model else reply.model,
            prompt=f"{{picture}}\n{text}",
            image_settings=self.picture.settings,
            dtype="",
            server=settings.host,
            reading=reading,
        )
        return card, client.dialect

    def answer(self, samples: Iterable[Sample], questions: Sequence[Question]) -> Iterator[Answer | Failure]:
        """Yield one `Answer` or `Failure` a sample as they come, a few samples ahead.

        Raises:
            MakdError: the server does not answer, refuses everything, or the budget is spent.
        """
        _, dialect = self._probed
        try:
            with quiet(), self._connected(dialect) as (client, loop):
                window = self._window(len(questions))
                asked = _ahead(samples, lambda one: self._ask(client, one, questions), window, loop)
                yield from self._believed(asked)
        finally:
            self.comparison.end()
            self.progress.say(f"{self.settings.model} at {self.settings.host}: {self.usage}.")

    def reply(self, sample: Sample, question: Question) -> str:
        """Return what the model says to the prompt in words."""
        _, dialect = self._probed
        picture = self.picture.encode(sample)
        if isinstance(picture, Failure):
            return picture.reason
        self.budget.plan(1)
        with self._connected(dialect) as (client, loop):
            asked = client.ask(message(one_question(question.text), picture), REPLY_TOKENS)
            return asyncio.run_coroutine_threadsafe(asked, loop).result().text

    @contextmanager
    def _connected(self, dialect: Dialect) -> Iterator[tuple[Client, asyncio.AbstractEventLoop]]:
        with background_loop() as loop:
            client = Client(self.settings, self.budget, self.wait, dialect)
            try:
                yield client, loop
            finally:
                asyncio.run_coroutine_threadsafe(client.close(), loop).result()

    async def _ask(self, client: Client, sample: Sample, questions: Sequence[Question]) -> Answer | Failure:
        """Answer one sample; the requests that it takes are set aside before it is begun."""
        number, hard = self.settings.questions_per_request, self.settings.hard
        compare = number > 1 and self.comparison.begin()
        self.budget.plan(math.ceil(len(questions) / number) + compare * len(questions))
        picture = await asyncio.to_thread(self.picture.encode, sample)
        if isinstance(picture, Failure):
            return picture
        try:
            if number == 1:
                return as_answer(sample, await ask_singly(client, picture, questions, hard), "server")
            seed = f"{sample.key} {sample.instance}"
            joint = await ask_jointly(client, picture, questions, hard, number=number, seed=seed)
            if compare:
                self.comparison.add(joint, await ask_singly(client, picture, questions, hard))
            return as_answer(sample, joint, "server-joint")
        except RefusedError as refusal:
            return _Refused(sample.key, str(refusal), sample.instance)

    def _window(self, questions: int) -> int:
        """Return how many samples keep all connections busy."""
        requests = math.ceil(questions / self.settings.questions_per_request)
        return math.ceil(self.settings.concurrency / requests) + 1

    def _believed(self, outcomes: Iterable[Answer | Failure]) -> Iterator[Answer | Failure]:
        """Pass outcomes on, refusals only once something is answered: else the model may see no pictures."""
        held: list[Failure] = []
        answered = False
        for outcome in outcomes:
            if isinstance(outcome, _Refused):
                outcome = Failure(outcome.key, outcome.reason, outcome.instance)
                held.append(outcome)
                if len(held) == _REFUSALS and not answered:
                    raise MakdError(
                        f"{self.settings.model} at {self.settings.host} answered about none of the first "
                        f"{_REFUSALS} pictures ({outcome.reason}). Does it take pictures?"
                    )
            else:
                answered = answered or isinstance(outcome, Answer)
                yield outcome
            if answered:
                yield from held
                held.clear()
        yield from held


class _Refused(Failure):
    """The server, not the file, is why there is no answer."""


def _ahead(
    samples: Iterable[Sample],
    ask: Callable[[Sample], Coroutine[Any, Any, Answer | Failure]],
    window: int,
    loop: asyncio.AbstractEventLoop,
) -> Iterator[Answer | Failure]:
    """Yield what becomes of samples, `window` of them under way at a time.

    When the budget is spent no more are begun, those under way are yielded as far as they succeed, and then
    the error is raised; any other error is raised at once.
    """
    remaining = iter(samples)
    under_way: set[Future[Answer | Failure]] = set()
    end: MakdError | None = None
    while True:
        while end is None and len(under_way) < window and (sample := next(remaining, None)) is not None:
            under_way.add(asyncio.run_coroutine_threadsafe(ask(sample), loop))
        if not under_way:
            break
        done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
        for future in done:
            error = future.exception()
            if error is None:
                yield future.result()
            elif not isinstance(error, MakdError):
                raise error
            elif end is None or isinstance(end, BudgetSpentError):
                end = error
        if end is not None and not isinstance(end, BudgetSpentError):
            break
    if end is not None:
        raise end
