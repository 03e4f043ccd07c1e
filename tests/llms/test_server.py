import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from makd.errors import MakdError, UsageError
from makd.llms.server import LlmEndpoint, ServerLlm
from makd.questions.generation.prompts import CANDIDATES_SCHEMA, CHOICE_SCHEMA
from tests.teachers.server import stub_server as stub
from tests.teachers.server.stub_server import KEY


def says(text: object, **message: object) -> stub.Fault:
    def reply(handler: stub.Handler, asked: stub.Asked) -> bool:
        choice = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": text, **message},
        }
        handler.reply(
            200, {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
        )
        return True

    return reply


def in_turn(*faults: stub.Fault) -> stub.Fault:
    left = list(faults)
    return lambda handler, asked: (left.pop(0) if len(left) > 1 else left[0])(handler, asked)


def without_schemas(then: stub.Fault, status: int = 400) -> stub.Fault:
    refuse = stub.status(status, "response_format is not supported")
    return lambda handler, asked: (refuse if "response_format" in asked.body else then)(handler, asked)


@pytest.fixture
def llm(server: stub.Stub, waits: list[float]) -> Callable[..., ServerLlm]:
    def make(**options: Any) -> ServerLlm:
        return ServerLlm(LlmEndpoint("m", **{"base_url": server.url, "retries": 2, **options}), waits.append)

    return make


def test_it_asks_for_the_schema_and_returns_the_words(llm, server, waits) -> None:
    server.does.always = says("hello")
    assert llm().reply("Ünïcode?", CANDIDATES_SCHEMA) == "hello"
    [asked] = server.does.asked
    assert asked.body["messages"] == [{"role": "user", "content": "Ünïcode?"}]
    form = asked.body["response_format"]
    assert form["type"] == "json_schema"
    assert form["json_schema"]["strict"] is True
    assert form["json_schema"]["schema"] == json.loads(json.dumps(CANDIDATES_SCHEMA))
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert waits == []


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_refuses_schemas_is_asked_without_from_then_on(llm, server, waits, status) -> None:
    server.does.always = without_schemas(says("hello"), status)
    one = llm()
    assert [one.reply("p", CHOICE_SCHEMA) for _ in range(3)] == ["hello"] * 3
    assert ["response_format" in asked.body for asked in server.does.asked] == [True, False, False, False]
    assert waits == []


def test_a_server_that_breaks_on_schemas_is_asked_without(llm, server) -> None:
    server.does.always = without_schemas(says("hello"), 500)
    one = llm()
    assert [one.reply("p", CHOICE_SCHEMA) for _ in range(2)] == ["hello"] * 2
    assert ["response_format" in asked.body for asked in server.does.asked] == [True] * 3 + [False] * 2


@pytest.mark.parametrize("empty", ["", None, "  \n"])
def test_an_empty_reply_is_asked_for_without_schema_and_else_is_empty(llm, server, empty) -> None:
    server.does.always = says(empty)
    assert llm().reply("p", CHOICE_SCHEMA).strip() == ""
    assert ["response_format" in asked.body for asked in server.does.asked] == [True, False]


def test_the_words_of_a_refusal_are_returned(llm, server) -> None:
    server.does.always = says(None, refusal="I won't.")
    assert llm().reply("p", CHOICE_SCHEMA) == "I won't."


@pytest.mark.parametrize(
    "fault",
    [stub.status(429), stub.status(500), stub.status(503), stub.cut, stub.malformed, stub.no_choices,
     says(7), says(["a"])],
)  # fmt: skip
def test_what_may_pass_is_tried_again(fault, llm, server, waits) -> None:
    server.does.always = in_turn(fault, fault, says("hello"))
    one = llm()
    assert one.reply("p", CHOICE_SCHEMA) == "hello"
    assert one.schemas
    assert len(waits) == 2
    assert waits[0] <= 1 < 2 >= waits[1]


@pytest.mark.parametrize("fault", [stub.status(429), stub.status(500), stub.cut, stub.malformed, stub.never])
def test_a_server_that_never_answers_is_given_up(fault, llm, server) -> None:
    server.does.always = fault
    with pytest.raises(MakdError, match=r"127\.0\.0\.1:\d+ does not answer \(.*, 3 times\).*is kept"):
        llm(timeout=0.2 if fault is stub.never else 30).reply("p", CHOICE_SCHEMA)
    assert len(server.does.asked) == 4


@pytest.mark.parametrize(
    ("code", "message"),
    [(401, "OPENAI_API_KEY"), (403, "OPENAI_API_KEY"), (404, r"has no m there.*--llm\.base-url"),
     (400, "refuses to ask m"), (413, "refuses to ask m")],
)  # fmt: skip
def test_what_will_not_pass_stops_at_once_and_tells_no_key(code, message, llm, server, waits) -> None:
    server.does.always = stub.status(code, f"what you sent: {KEY}")
    with pytest.raises(MakdError, match=message) as stopped:
        llm().reply("p", CHOICE_SCHEMA)
    assert waits == []
    assert KEY not in str(stopped.value)


def test_an_empty_account_stops(llm, server, waits) -> None:
    server.does.always = stub.status(429, "pay first", code="insufficient_quota")
    with pytest.raises(MakdError, match=r"no quota left \(pay first\)"):
        llm().reply("p", CHOICE_SCHEMA)
    assert waits == []


def test_the_key_is_in_no_log_and_no_text(llm, server, caplog) -> None:
    server.does.always = says("hello")
    one = llm()
    with caplog.at_level(logging.DEBUG):
        one.reply("p", CHOICE_SCHEMA)
    assert KEY not in caplog.text
    assert KEY not in f"{one.endpoint!r} {one.name}"


@pytest.mark.parametrize(
    ("model", "url", "message"),
    [
        ("", "http://h/v1", "--llm openai: lacks the model's name"),
        ("m", "localhost:8000", "--llm.base-url localhost:8000: not an address"),
        ("m", "https://me:secret@h/v1", "keys belong in the environment"),
        ("m", None, "OpenAI needs a key.*--llm.base-url"),
    ],
)
def test_addresses_are_checked(model, url, message, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(UsageError, match=message):
        LlmEndpoint(model, base_url=url)
