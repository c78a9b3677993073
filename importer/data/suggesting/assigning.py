"""Gives each column at most one target and each target at most one column, so that the sum of
their weights is as high as can be. Pure; the Hungarian method with potentials."""

from collections.abc import Mapping, Sequence

_INF = float("inf")


def assign(weights: Sequence[Mapping[str, float]], without: Sequence[float]) -> list[str | None]:
    """``weights``: for each column, target -> weight; ``without``: its weight where it gets none.
    The target of each column, or None."""
    targets = sorted({target for row in weights for target in row})
    places = {target: index for index, target in enumerate(targets)}
    n, m = len(weights), len(targets) + len(weights)
    if not n:
        return []
    costs = [[0.0] * m for _ in range(n)]
    for row, (wanted, alone) in enumerate(zip(weights, without, strict=True)):
        for place in range(m):
            costs[row][place] = 10.0
        costs[row][len(targets) + row] = -alone
        for target, weight in wanted.items():
            costs[row][places[target]] = -weight
    chosen = _cheapest(costs)
    return [targets[place] if place < len(targets) else None for place in chosen]


def _cheapest(costs: Sequence[Sequence[float]]) -> list[int]:
    """The column of each row; rows may not outnumber columns. O(rows² · columns)."""
    n, m = len(costs), len(costs[0])
    u, v = [0.0] * (n + 1), [0.0] * (m + 1)
    owner, way = [0] * (m + 1), [0] * (m + 1)
    for row in range(1, n + 1):
        owner[0] = row
        place = 0
        least, used = [_INF] * (m + 1), [False] * (m + 1)
        while owner[place]:
            place = _step(costs, place, u, v, owner, way, least, used)
        while place:
            owner[place] = owner[way[place]]
            place = way[place]
    found = [0] * n
    for place in range(1, m + 1):
        if owner[place]:
            found[owner[place] - 1] = place - 1
    return found


def _step(
    costs: Sequence[Sequence[float]],
    place: int,
    u: list[float],
    v: list[float],
    owner: list[int],
    way: list[int],
    least: list[float],
    used: list[bool],
) -> int:
    """Grow the tree of alternating paths by its cheapest edge; the place it leads to."""
    used[place] = True
    row, delta, following = owner[place], _INF, 0
    for other in range(1, len(v)):
        if used[other]:
            continue
        reduced = costs[row - 1][other - 1] - u[row] - v[other]
        if reduced < least[other]:
            least[other], way[other] = reduced, place
        if least[other] < delta:
            delta, following = least[other], other
    for other in range(len(v)):
        if used[other]:
            u[owner[other]] += delta
            v[other] -= delta
        else:
            least[other] -= delta
    return following
