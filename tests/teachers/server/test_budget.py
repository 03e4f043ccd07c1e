import pytest

from makd.teachers.server.budget import Budget, BudgetSpentError


def test_requests_are_never_exceeded() -> None:
    budget = Budget(max_requests=5)
    budget.plan(4)
    for _ in range(3):
        budget.send(again=False)
    budget.send(again=True)
    budget.send(again=False)
    with pytest.raises(BudgetSpentError, match="max-requests 5"):
        budget.send(again=True)
    assert (budget.usage.requests, budget.usage.repeated) == (5, 1)


def test_what_does_not_fit_is_not_begun() -> None:
    budget = Budget(max_requests=10)
    budget.plan(8)
    with pytest.raises(BudgetSpentError):
        budget.plan(3)
    budget.plan(2)


def test_repetitions_take_room_from_what_is_planned() -> None:
    budget = Budget(max_requests=10)
    budget.plan(8)
    budget.send(again=False)
    budget.send(again=True)
    with pytest.raises(BudgetSpentError):
        budget.plan(2)
    budget.plan(1)


def test_money() -> None:
    budget = Budget(max_cost=1.0, price_input=2.0, price_output=10.0)
    budget.plan(1)
    budget.count(300_000, 39_000)
    budget.send(again=False)
    assert budget.usage.cost == pytest.approx(0.99)
    budget.count(5_000, 0)
    with pytest.raises(
        BudgetSpentError, match=r"max-cost 1 .*305,000 tokens in, 39,000 tokens out, cost 1\.0000"
    ):
        budget.send(again=False)


def test_tokens() -> None:
    budget = Budget(max_tokens=100)
    budget.count(60, 39)
    budget.send(again=False)
    budget.count(None, None)
    assert "1 replies that told no tokens" in str(budget.usage)
    budget.count(1, 0)
    with pytest.raises(BudgetSpentError, match="max-tokens 100"):
        budget.plan(1)


def test_the_error_tells_the_usage_at_the_end() -> None:
    budget = Budget(max_requests=1)
    budget.send(again=False)
    with pytest.raises(BudgetSpentError) as spent:
        budget.plan(1)
    budget.count(7, 1)
    assert "1 requests, 7 tokens in, 1 tokens out" in str(spent.value)
