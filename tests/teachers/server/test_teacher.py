import asyncio
import json
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from makd.answers.extract import extract_answers
from makd.answers.store import AnswerStore
from makd.data.samples import Sample
from makd.errors import MakdError
from makd.progress import Silent
from makd.questions.bank import Question, QuestionBank
from makd.teachers.base import Answer, Failure
from makd.teachers.heeding import REPLY_TOKENS
from makd.teachers.registry import open_teacher
from makd.teachers.server.budget import BudgetSpentError
from makd.teachers.server.settings import ServerSettings
from makd.teachers.server.teacher import ServerTeacher
from tests.recorder import Recorder
from tests.teachers.server import stub_server as stub
from tests.teachers.server.stub_server import KEY

Samples = Callable[[int], list[Sample]]


@pytest.fixture
def teach(server: stub.Stub, waits: list[float]) -> Callable[..., ServerTeacher]:
    async def wait(seconds: float) -> None:
        waits.append(seconds)

    def make(**options: Any) -> ServerTeacher:
        progress = options.pop("progress", Silent())
        settings = ServerSettings("eye", **{"base_url": server.url, "picture_format": "png", **options})
        return ServerTeacher(settings, wait, progress=progress)

    return make


Teach = Callable[..., ServerTeacher]


def truth(sample: Sample, questions: Sequence[Question]) -> np.ndarray:
    assert sample.path is not None
    pixels = stub.pixels(sample.path.read_bytes())
    p = np.array([stub.p_yes(question.text, pixels) for question in questions])
    return np.log(p) - np.log1p(-p)


def check(
    outcomes: Sequence[Answer | Failure], samples: Sequence[Sample], questions: Sequence[Question]
) -> None:
    answers = {outcome.key: outcome for outcome in outcomes if isinstance(outcome, Answer)}
    assert sorted(answers) == sorted(sample.key for sample in samples)
    for sample in samples:
        np.testing.assert_allclose(answers[sample.key].log_odds, truth(sample, questions), atol=1e-4)


def test_answers_are_those_that_the_server_means(
    teach: Teach, make_samples: Samples, questions, server
) -> None:
    samples = make_samples(5)
    teacher = teach()
    answers = list(teacher.answer(samples, questions))
    check(answers, samples, questions)
    assert all(isinstance(a, Answer) and a.kind == ("soft",) * len(questions) for a in answers)
    np.testing.assert_allclose(answers[0].yes_no_mass, stub.MASS, atol=1e-5)
    assert len(server.does.asked) == 5 * len(questions) + 1 == teacher.usage.requests
    assert (teacher.usage.input_tokens, teacher.usage.output_tokens) == (4100, 41)


def test_a_request_is_as_cheap_and_as_certain_as_can_be(
    teach: Teach, make_samples, questions, server
) -> None:
    list(teach().answer(make_samples(1), questions))
    body = server.does.pictures[0].body
    assert (body["max_tokens"], body["temperature"], body["logprobs"], body["top_logprobs"]) == (
        1,
        0,
        True,
        20,
    )
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    assert [part["type"] for part in body["messages"][0]["content"]] == ["image_url", "text"]


def test_the_card_names_model_and_host_but_not_the_key(teach: Teach, server: stub.Stub) -> None:
    server.does.model = "eye-2026-01-01"
    card = teach(reliability=0.9, picture_side=700).card
    assert (card.name, card.revision) == ("openai:eye", "eye-2026-01-01")
    assert f"http://{card.server}/v1" == server.url
    assert card.prompt.endswith("{question}")
    assert card.image_settings == {"format": "png", "longest_side": 700}
    assert card.reading == {"reliability": 0.9}


def test_large_pictures_are_scaled_down_and_boxes_cut_out(teach: Teach, tmp_path, questions, server) -> None:
    path = tmp_path / "wide.png"
    Image.fromarray(np.zeros((30, 200, 3), np.uint8)).save(path)
    samples = [Sample("a", path), Sample("a", path, instance="1", box=(10, 5, 30, 25))]
    teacher = teach(picture_side=50, picture_format="jpeg", concurrency=1)
    assert len(list(teacher.answer(samples, questions[:1]))) == 2
    sent = [stub.Image.open(stub.io.BytesIO(asked.picture)) for asked in server.does.pictures]
    assert sorted(image.size for image in sent) == [(20, 20), (50, 8)]
    assert {image.format for image in sent} == {"JPEG"}


@pytest.mark.parametrize(
    "fault",
    [
        stub.status(429),
        stub.status(500),
        stub.status(502),
        stub.status(503),
        stub.status(504),
        stub.cut,
        stub.malformed,
        stub.no_choices,
        stub.never,
    ],
)
def test_what_may_pass_is_tried_again(fault, teach: Teach, make_samples, questions, server, waits) -> None:
    server.does.faults.extend([fault, fault])
    samples = make_samples(2)
    teacher = teach(timeout=1 if fault is stub.never else 30)
    check(list(teacher.answer(samples, questions)), samples, questions)
    assert len(waits) == teacher.usage.repeated
    assert len(waits) == 2 or (fault is stub.never and len(waits) > 2)  # a busy machine is late itself
    assert all(0.5 <= seconds <= 4 for seconds in waits)


def test_waiting_grows_and_follows_retry_after(teach: Teach, make_samples, questions, server, waits) -> None:
    server.does.faults.extend([stub.status(500)] * 4 + [stub.status(429, headers={"Retry-After": "77"})])
    list(teach(concurrency=1).answer(make_samples(1), questions))
    for seconds, (low, high) in zip(waits, [(0.5, 1), (1, 2), (2, 4), (4, 8), (77, 78)], strict=True):
        assert low <= seconds <= high


@pytest.mark.parametrize(
    ("code", "message"),
    [(401, "OPENAI_API_KEY"), (403, "OPENAI_API_KEY"), (404, "has no eye"), (400, "refuses to ask eye")],
)
def test_what_will_not_pass_stops_at_once(code, message, teach: Teach, server, waits) -> None:
    server.does.always = stub.status(code, f"what you sent: {KEY}")
    with pytest.raises(MakdError, match=message) as stopped:
        _ = teach().card
    assert waits == []
    assert KEY not in str(stopped.value)


def test_an_empty_account_stops(teach: Teach, make_samples, questions, server, waits) -> None:
    server.does.faults.append(stub.status(429, "pay first", code="insufficient_quota"))
    with pytest.raises(MakdError, match=r"no quota left \(pay first\)"):
        list(teach().answer(make_samples(1), questions))
    assert waits == []


def test_a_server_that_is_gone_stops_and_blames_no_picture(
    teach: Teach, make_samples, questions, server
) -> None:
    server.does.always = lambda handler, asked: (
        len(server.does.asked) > 20 and stub.status(503)(handler, asked)
    )
    found: list[Answer | Failure] = []
    with pytest.raises(MakdError, match=r"does not answer \(status 503, 3 times\)"):
        found.extend(teach(retries=2, concurrency=2).answer(make_samples(6), questions))
    assert not any(isinstance(outcome, Failure) for outcome in found)


def test_a_picture_that_breaks_the_server_is_a_failure(teach: Teach, make_samples, questions, server) -> None:
    samples = make_samples(2)
    bad = stub.pixels(samples[1].path.read_bytes())
    server.does.always = lambda handler, asked: (
        asked.picture is not None and stub.pixels(asked.picture) == bad and stub.status(500)(handler, asked)
    )
    outcomes = list(teach(retries=2, concurrency=1).answer(samples, questions))
    check(outcomes, samples[:1], questions)
    assert [o.reason for o in outcomes if isinstance(o, Failure)] == [
        "the server does not answer about it (status 500, 3 times)"
    ]


def test_a_picture_that_is_refused_is_a_failure(teach: Teach, make_samples, questions, server) -> None:
    samples = make_samples(4)
    bad = stub.pixels(samples[0].path.read_bytes())

    def refuse(handler: stub.Handler, asked: stub.Asked) -> bool:
        seen = asked.picture and stub.pixels(asked.picture)
        return seen == bad and stub.status(400, "unsafe picture")(handler, asked)

    server.does.always = refuse
    outcomes = list(teach().answer(samples, questions))
    check(outcomes, samples[1:], questions)
    assert [o for o in outcomes if isinstance(o, Failure)] == [Failure("0.png", "status 400: unsafe picture")]
    assert len(server.does.pictures) == 3 * len(questions) + 1


def test_a_model_that_sees_no_pictures_stops(teach: Teach, make_samples, questions, server) -> None:
    server.does.always = lambda h, asked: (
        asked.picture is not None and stub.status(400, "text only")(h, asked)
    )
    with pytest.raises(MakdError, match=r"none of the first 4 pictures \(status 400: text only\)"):
        next(teach().answer(make_samples(6), questions))


def test_an_unreadable_picture_costs_nothing(teach: Teach, tmp_path, questions, server) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(b"no picture")
    outcomes = list(teach().answer([Sample("broken.png", path)], questions))
    assert outcomes == [Failure("broken.png", "not a picture in a known format")]
    assert server.does.pictures == []


def test_what_a_server_does_not_take_is_left_out(teach: Teach, make_samples, questions, server) -> None:
    server.does.always = stub.refusing("chat_template_kwargs", "max_tokens", "temperature", allowed=10)
    samples = make_samples(1)
    check(list(teach().answer(samples, questions)), samples, questions)
    body = server.does.asked[-1].body
    assert body["top_logprobs"] == 10
    assert body["max_completion_tokens"] == 1
    assert not {"chat_template_kwargs", "max_tokens", "temperature"} & set(body)
    assert len(server.does.pictures) == len(questions)  # all was found out before


@pytest.mark.parametrize("silent", [True, False])
def test_without_probabilities_answers_are_hard(
    silent, teach: Teach, make_samples, questions, server
) -> None:
    if silent:
        server.does.top = None
    else:
        server.does.always = stub.refusing("logprobs", "top_logprobs")
    samples = make_samples(1)
    (answer,) = teach().answer(samples, questions)
    assert answer.kind == ("hard",) * len(questions)
    np.testing.assert_array_equal(answer.log_odds, 10 * np.sign(truth(samples[0], questions)))
    assert server.does.asked[-1].body["max_tokens"] > 1


def test_hard_answers_stand_for_their_reliability(teach: Teach, make_samples, questions, server) -> None:
    server.does.top = None
    (answer,) = teach(reliability=0.95).answer(make_samples(1), questions)
    np.testing.assert_allclose(np.abs(answer.log_odds), math.log(0.95 / 0.05), rtol=1e-6)


def test_a_missing_side_is_a_bound(teach: Teach, make_samples, questions, server) -> None:
    server.does.tokens = lambda p: {"Yes": 0.99, "a": 0.004, "b": 0.003, "No": 0.001, "c": 0.0005}
    server.does.top = 3
    (answer,) = teach().answer(make_samples(1), questions)
    assert answer.kind == ("bounded",) * len(questions)
    np.testing.assert_allclose(answer.log_odds, math.log(0.99 / (1 - 0.997 + 1e-6)), rtol=1e-5)
    assert answer.log_odds[0] < math.log(0.99 / 0.001)


def test_a_model_that_thinks_is_refused(teach: Teach, server: stub.Stub) -> None:
    server.does.tokens = lambda p: {"<think>": 0.9, "Yes": 0.05, "No": 0.05}
    with pytest.raises(MakdError, match="thinks before it answers"):
        _ = teach().card


def test_a_budget_ends_with_whole_pictures(teach: Teach, make_samples, questions, server) -> None:
    server.does.faults.append(stub.status(500))
    samples = make_samples(6)
    teacher = teach(max_requests=2 * 8 + 1 + 1 + 7, concurrency=3)
    found: list[Answer | Failure] = []
    with pytest.raises(BudgetSpentError, match=r"max-requests 25 .* 18 requests \(1 of them repeated\)"):
        found.extend(teacher.answer(samples, questions))
    check(found, samples[:2], questions)
    assert len(server.does.asked) == 18


@pytest.mark.parametrize(
    ("limit", "answered"),
    [
        ({"max_tokens": 101 * 9}, 1),
        ({"max_cost": 101 * 9 / 1e6, "price_input": 1.0, "price_output": 1.0}, 1),
        ({"max_cost": 1.0, "price_input": 1.0}, 3),
    ],
)
def test_a_budget_of_tokens_or_money(limit, answered, teach: Teach, make_samples, questions) -> None:
    teacher = teach(**limit, concurrency=8)
    found = []
    with (
        nullcontext() if answered == 3 else pytest.raises(BudgetSpentError, match="What is answered is kept")
    ):
        found.extend(teacher.answer(make_samples(3), questions))
    assert len(found) <= answered
    assert teacher.usage.cost == (None if "max_tokens" in limit else pytest.approx(cost(teacher, **limit)))


def cost(teacher: ServerTeacher, *, price_input: float, price_output: float = 0, **_: object) -> float:
    usage = teacher.usage
    return (usage.input_tokens * price_input + usage.output_tokens * price_output) / 1e6


def test_a_budget_that_cannot_be_kept_is_refused(teach: Teach, server: stub.Stub) -> None:
    server.does.usage = False
    with pytest.raises(MakdError, match=r"tells no token counts.*max-requests"):
        _ = teach(max_tokens=1000).card


def test_a_stopped_extraction_goes_on_and_tells_no_key(
    teach: Teach, make_samples, questions, server, tmp_path: Path, heard: Recorder
) -> None:
    bank, samples = QuestionBank(name="b", questions=tuple(questions)), make_samples(4)
    store = tmp_path / "store"

    def extract(**options: Any) -> None:
        teacher = teach(progress=heard, **options)
        extract_answers(samples, teacher, bank, store, source="s", progress=heard)

    with pytest.raises(BudgetSpentError):
        extract(max_requests=20)
    extract()
    asked_twice = len(server.does.pictures) - 4 * len(questions)
    assert asked_twice == 0
    answers = AnswerStore.open(store).answers(hashes=bank.hashes, source="s")
    for sample in samples:
        row = answers.log_odds[list(answers.keys).index(sample.key)]
        np.testing.assert_allclose(row, truth(sample, questions), atol=1e-4)
    written = [path.read_bytes() for path in store.rglob("*") if path.is_file()]
    assert not any(KEY.encode() in content for content in written)
    assert any("requests" in line for line in heard.lines)
    assert KEY not in " ".join(heard.lines)
    assert all(asked.headers["authorization"] == f"Bearer {KEY}" for asked in server.does.asked)


def test_no_more_requests_at_once_than_allowed(teach: Teach, make_samples, questions, server) -> None:
    pair = threading.Barrier(2)

    def meet(_: stub.Handler, asked: stub.Asked) -> bool:
        if asked.picture is not None:
            pair.wait(20)
        return False

    server.does.always = meet
    assert len(list(teach(concurrency=2).answer(make_samples(4), questions[:4]))) == 4
    assert server.does.most_at_once == 2


def test_samples_are_taken_only_as_they_are_needed(teach: Teach, make_samples, questions) -> None:
    taken = []

    def tell() -> Iterator[Sample]:
        for sample in make_samples(6):
            taken.append(sample)
            yield sample

    answers = teach(concurrency=2).answer(tell(), questions)
    next(answers)
    assert len(taken) == 2
    answers.close()


def test_joint_questions(teach: Teach, make_samples, questions, server, heard: Recorder) -> None:
    samples = make_samples(4)
    teacher = teach(questions_per_request=3, compared=2, progress=heard)
    answers = {answer.key: answer for answer in teacher.answer(samples, questions)}
    for sample in samples:
        np.testing.assert_array_equal(answers[sample.key].log_odds, 10 * np.sign(truth(sample, questions)))
        assert answers[sample.key].kind == ("hard",) * len(questions)
    assert len(server.does.pictures) == 4 * 3 + 2 * len(questions)
    first = {asked.text.split("\n")[1] for asked in server.does.pictures if "1. " in asked.text}
    assert len(first) > 3  # the order changes between pictures
    assert "On 2 pictures 0.0% of 16 joint answers differ from those to single questions" in heard.lines[0]
    assert teacher.card.reading == {"questions_per_request": 3}


def test_the_disagreement_of_joint_questions_is_told(
    teach: Teach, make_samples, questions, server, heard: Recorder
) -> None:
    server.does.joint = lambda words: json.dumps(["yes"] * len(words))
    samples = make_samples(3)
    list(teach(questions_per_request=8, progress=heard).answer(samples, questions))
    no = sum(int((truth(sample, questions) < 0).sum()) for sample in samples)
    assert f"On 3 pictures {no / 24:.1%} of 24 joint answers differ" in heard.lines[0]


def test_a_joint_reply_without_answers_is_a_failure(teach: Teach, make_samples, questions, server) -> None:
    server.does.joint = lambda words: "I would rather not."
    outcomes = list(teach(questions_per_request=8).answer(make_samples(2), questions))
    assert [outcome.reason for outcome in outcomes] == [
        "no answer can be read in the reply 'I would rather not.'"
    ] * 2


def test_it_works_inside_a_running_loop(teach: Teach, make_samples, questions) -> None:
    async def notebook() -> list[Answer | Failure]:
        return list(teach().answer(make_samples(1), questions))

    samples = make_samples(1)
    check(asyncio.run(notebook()), samples, questions)


def test_it_is_opened_by_name(server: stub.Stub) -> None:
    teacher = open_teacher("openai:eye", base_url=server.url, max_requests=3)
    assert isinstance(teacher, ServerTeacher)
    assert teacher.card.name == "openai:eye"
    assert teacher.usage.requests == 1


def test_what_the_model_says_is_at_hand(teach: Teach, make_samples: Samples, questions, server) -> None:
    teacher = teach()
    said = teacher.reply(make_samples(1)[0], questions[0])
    assert said.strip().lower() in ("yes", "no")
    assert server.does.pictures[-1].body["max_tokens"] == REPLY_TOKENS
