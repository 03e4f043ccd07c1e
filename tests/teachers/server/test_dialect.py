from makd.teachers.server.dialect import Dialect


def test_one_token_with_its_probabilities() -> None:
    assert Dialect().parameters() == {
        "max_tokens": 1,
        "temperature": 0,
        "logprobs": True,
        "top_logprobs": 20,
        "extra_body": {"chat_template_kwargs": {"enable_thinking": False}},
    }


def test_several_tokens_are_words() -> None:
    given = Dialect(limit="max_completion_tokens").parameters(80)
    assert given["max_completion_tokens"] == 80
    assert "logprobs" not in given


def test_complaints_are_followed_one_by_one() -> None:
    dialect = Dialect()
    for complaint, expected in [
        ("Unsupported: 'max_tokens'. Use 'max_completion_tokens'.", Dialect(limit="max_completion_tokens")),
        ("top_logprobs: at most 5", Dialect(10, "max_completion_tokens")),
        ("top_logprobs: at most 5", Dialect(5, "max_completion_tokens")),
        ("Temperature is fixed", Dialect(5, "max_completion_tokens", temperature=False)),
        ("unknown field", Dialect(5, "max_completion_tokens", temperature=False, no_thinking=False)),
    ]:
        simpler = dialect.without(complaint)
        assert simpler == expected
        dialect = simpler
    assert dialect.without("no such model") is None


def test_in_the_end_there_are_no_probabilities() -> None:
    dialect = Dialect(no_thinking=False)
    for _ in range(4):
        dialect = dialect.without("logprobs are not supported") or dialect
    assert dialect.top_logprobs is None
    assert dialect.without("logprobs are not supported") is None
    assert dialect.parameters()["max_tokens"] > 1
