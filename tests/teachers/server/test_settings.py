import math

import pytest

from makd.errors import UsageError
from makd.teachers.server.settings import ServerSettings


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def test_a_local_server_needs_no_key() -> None:
    settings = ServerSettings("m", base_url="http://localhost:8000/v1/")
    assert (settings.address, settings.host, settings.key) == (
        "http://localhost:8000/v1",
        "localhost:8000",
        "",
    )


def test_the_environment_names_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://models.example/v1")
    assert ServerSettings("m").host == "models.example"


def test_the_key_is_in_no_text_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    settings = ServerSettings("m")
    assert settings.host == "api.openai.com"
    assert "sk-secret" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("m", {}, "OpenAI needs a key: set the environment variable OPENAI_API_KEY"),
        ("", {"base_url": "http://h/v1"}, "lacks the model's name"),
        ("m", {"base_url": "localhost:8000"}, "not an address"),
        ("m", {"base_url": "https://me:sk-secret@h/v1"}, "keys belong in the environment"),
        ("m", {"base_url": "https://h/v1?key=sk-secret"}, "keys belong in the environment"),
        ("m", {"base_url": "http://h/v1", "max_cost": 1.0}, "needs --teacher.price-input"),
    ],
)
def test_what_does_not_go_together(name, options, message) -> None:
    with pytest.raises(UsageError, match=message) as refusal:
        ServerSettings(name, **options)
    assert "sk-secret" not in str(refusal.value)


def test_a_hard_answer_stands_for_its_reliability() -> None:
    assert ServerSettings("m", base_url="http://h/v1").hard == 10
    smoothed = ServerSettings("m", base_url="http://h/v1", reliability=0.8)
    assert 1 / (1 + math.exp(-smoothed.hard)) == pytest.approx(0.8)
