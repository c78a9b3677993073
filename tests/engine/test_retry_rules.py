"""How long we wait before a batch is sent again."""

from importer.engine.retrying import RetryRules


def test_waits_double_up_to_the_longest() -> None:
    rules = RetryRules()
    assert [rules.delay(n) for n in range(1, 8)] == [0.5, 1, 2, 4, 8, 10, 10]


def test_the_waits_outlast_the_servers_own_limit() -> None:
    rules = RetryRules.outlasting(600)
    assert sum(rules.delay(n) for n in range(1, rules.limit + 1)) >= 610
    assert not rules.is_over(rules.limit - 1)
    assert rules.is_over(rules.limit)
