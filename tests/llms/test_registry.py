import pytest

from makd.errors import UsageError
from makd.llms.manual import ManualLlm
from makd.llms.registry import open_llm
from makd.llms.server import ServerLlm


def test_kinds_by_name():
    assert isinstance(open_llm("manual", base_url=None), ManualLlm)
    server = open_llm("openai:m:7b", base_url="http://localhost:1/v1", timeout=3.0, revision=None)
    assert isinstance(server, ServerLlm)
    assert (server.name, server.endpoint.timeout, server.endpoint.retries) == ("openai:m:7b", 3.0, 6)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (
            "manual",
            {"base_url": "http://h/v1"},
            r"--llm\.base-url means nothing to manual, which takes no options",
        ),
        (
            "openai:m",
            {"base_url": "http://h/v1", "dtype": "float16"},
            r"--llm\.dtype .* takes --llm\.base-url",
        ),
        ("owner/name", {"base_url": "http://h/v1"}, r"--llm\.base-url .* takes --llm\.revision"),
        ("manul", {}, "No LLM 'manul'.*Did you mean 'manual'"),
        ("gpt-4o", {}, "No LLM 'gpt-4o': name `openai:MODEL`"),
    ],
)
def test_what_means_nothing_is_refused(name, options, message):
    with pytest.raises(UsageError, match=message):
        open_llm(name, **options)


def test_openai_needs_its_library(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "openai", None)
    with pytest.raises(UsageError, match=r"--llm openai:MODEL needs the package openai.*makd\[server\]"):
        open_llm("openai:m", base_url="http://localhost:1/v1")
