"""What may start, what is blocked, when a run stops and how it ends."""

from typing import Any

import pytest

from graphs.active import NodeState, end_status, next_steps, node_end, original_end


def state(node_id: str, status: str = "pending", *parents: str, **more: Any) -> NodeState:
    return NodeState(id=node_id, status=status, parents=parents, **more)


def test_roots_start_together() -> None:
    steps = next_steps([state("a"), state("b"), state("c", "pending", "a")])
    assert steps.start == ("a", "b")


def test_a_node_starts_when_its_own_parents_are_done_whatever_the_level() -> None:
    nodes = [state("a", "completed"), state("slow", "running"), state("c", "pending", "a")]
    assert next_steps(nodes).start == ("c",)


@pytest.mark.parametrize("status", ["completed", "completed_with_errors", "failed", "skipped"])
def test_children_start_after_any_end_that_left_a_key_map(status: str) -> None:
    assert next_steps([state("a", status), state("b", "pending", "a")]).start == ("b",)


@pytest.mark.parametrize("status", ["errored", "blocked", "cancelled"])
def test_children_of_a_node_that_did_not_end_are_blocked(status: str) -> None:
    steps = next_steps([state("a", status), state("b", "pending", "a"), state("c")])
    assert steps.start == ("c",)
    ((blocked, reason),) = steps.block
    assert blocked == "b"
    assert "“a”" in reason


def test_a_failed_node_does_not_stop_its_siblings() -> None:
    nodes = [state("a", "failed", failed=3), state("b", "running"), state("c")]
    steps = next_steps(nodes)
    assert steps.start == ("c",)
    assert steps.wind_down == ()


def test_a_halting_node_blocks_what_waits_and_winds_down_what_runs() -> None:
    nodes = [
        state("a", "completed_with_errors", halts=True, failed=1, good=9),
        state("b", "running"),
        state("c"),
    ]
    steps = next_steps(nodes)
    assert steps.start == ()
    assert [node for node, _ in steps.block] == ["c"]
    assert steps.wind_down == ("b",)


def test_a_halting_node_ends_its_own_rows_first() -> None:
    nodes = [state("a", "running", halts=True, failed=1), state("b", "pending", "a")]
    assert next_steps(nodes).is_idle()
    assert next_steps(nodes).wind_down == ()


def test_passing_the_threshold_stops_the_node_itself() -> None:
    at_limit = [state("a", "running", max_errors=2, failed=2)]
    assert next_steps(at_limit).wind_down == ()
    over = [state("a", "running", max_errors=2, failed=3)]
    assert next_steps(over).wind_down == ("a",)


def test_cancelling_ends_what_never_began_and_winds_down_the_rest() -> None:
    nodes = [state("a", "completed", good=1), state("b", "running"), state("c", "pending", "b")]
    steps = next_steps(nodes, is_cancelling=True)
    assert steps.cancel == ("c",)
    assert steps.wind_down == ("b",)
    assert steps.end == ""


def test_nothing_ends_while_a_node_works() -> None:
    assert next_steps([state("a", "completed"), state("b", "preparing")]).is_idle()


@pytest.mark.parametrize(
    ("rows", "end"),
    [
        ({}, "completed"),
        ({"good": 3}, "completed"),
        ({"good": 3, "failed": 1}, "completed_with_errors"),
        ({"good": 3, "blocked": 1}, "completed_with_errors"),
        ({"failed": 1}, "failed"),
        ({"blocked": 1}, "failed"),
        ({"good": 9, "failed": 3, "max_errors": 2}, "failed"),
    ],
)
def test_a_node_ends_by_its_rows(rows: dict[str, int], end: str) -> None:
    assert node_end(state("a", "running", **rows)) == end


@pytest.mark.parametrize(
    ("nodes", "end"),
    [
        ([state("a", "completed")], "completed"),  # nothing to do
        ([state("a", "completed", good=2), state("b", "skipped")], "completed"),
        (
            [state("a", "completed", good=2), state("b", "failed", failed=1)],
            "completed_with_errors",
        ),
        ([state("a", "failed", failed=1), state("b", "failed", blocked=4)], "failed"),
        ([state("a", "completed", good=2), state("b", "errored")], "errored"),
        (
            [state("a", "completed_with_errors", good=2, failed=1, halts=True)],
            "failed",
        ),
        ([state("a", "failed", good=5, failed=3, max_errors=2)], "failed"),
        ([state("a", "failed")], "failed"),  # refused before it had rows
        ([state("a", "blocked"), state("b", "blocked")], "failed"),  # the target was refused
    ],
)
def test_a_run_ends_by_its_nodes(nodes: list[NodeState], end: str) -> None:
    assert end_status(nodes) == end
    assert next_steps(nodes).end == end


def test_a_cancelled_run_is_cancelled_only_if_something_was_left_out() -> None:
    done = [state("a", "completed", good=1)]
    assert end_status([*done, state("b", "cancelled")], is_cancelling=True) == "cancelled"
    assert end_status(done, is_cancelling=True) == "completed"


def test_a_rollback_that_kept_something_is_incomplete() -> None:
    assert original_end("completed") == "rolled_back"
    assert original_end("completed_with_errors") == "rollback_incomplete"
    assert original_end("errored") == "rollback_incomplete"


def test_a_node_that_waits_for_its_retry_does_not_stop_the_run_again() -> None:
    nodes = [state("a", max_errors=2, failed=3, halts=True), state("b", "pending", "a")]
    assert next_steps(nodes).start == ("a",)
