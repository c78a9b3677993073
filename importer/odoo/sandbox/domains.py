"""Search domains: parsed once, turned into a test of one record's id.

Knows the operators a loader uses; an unknown field or operator is the fault a server answers.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.facts import NUMBERS
from importer.odoo.sandbox.names import display_name
from importer.odoo.sandbox.reading import stored_value
from importer.odoo.sandbox.refusals import PythonFault

Test = Callable[[int], bool]
Leaf = tuple[str, str, Any]
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
LIKES = frozenset(
    {"like", "ilike", "not like", "not ilike", "=like", "=ilike", "not =like", "not =ilike"}
)
OPERATORS = frozenset({"=", "!=", "<>", "in", "not in", "=?", "child_of", "parent_of", "any"})


def leaves_of(domain: Sequence[Any]) -> list[Leaf]:
    """The leaves that every result must meet (the top-level "and" ones); checks the form."""
    if not isinstance(domain, list | tuple) or isinstance(domain, str):
        raise PythonFault("AssertionError", "A domain is a list of conditions.")
    if any(term in ("|", "!") for term in domain if isinstance(term, str)):
        return []
    return [_leaf(term) for term in domain if not isinstance(term, str)]


def _leaf(term: Any) -> Leaf:
    if not isinstance(term, list | tuple) or len(term) != 3:
        raise PythonFault("ValueError", f"Invalid leaf {tuple(term)!r}")
    return str(term[0]), str(term[1]).lower(), term[2]


def mentions(domain: Iterable[Any], field: str) -> bool:
    return any(isinstance(t, list | tuple) and t and t[0] == field for t in domain)


def test_of(env: Env, model: str, domain: Sequence[Any]) -> Test:
    """A test of one record id. Raises the fault of an unknown field or operator at once."""
    stack: list[Test] = []
    for term in reversed(list(domain)):
        if term == "!":
            stack.append(_negated(stack.pop()))
        elif term in ("&", "|") and len(stack) >= 2:
            stack.append(_joined(term, stack.pop(), stack.pop()))
        elif isinstance(term, str):
            raise PythonFault("ValueError", f"Invalid leaf {term!r}")
        else:
            stack.append(_leaf_test(env, model, _leaf(term)))
    return _all(stack)


def _negated(test: Test) -> Test:
    return lambda i: not test(i)


def _joined(operator: str, left: Test, right: Test) -> Test:
    if operator == "&":
        return lambda i: left(i) and right(i)
    return lambda i: left(i) or right(i)


def _all(tests: list[Test]) -> Test:
    if not tests:
        return lambda i: True
    if len(tests) == 1:
        return tests[0]
    return lambda i: all(test(i) for test in tests)


def _leaf_test(env: Env, model: str, leaf: Leaf) -> Test:
    path, operator, value = leaf
    if path in ("1", "0") and operator == "=":
        return lambda i: path == str(value)
    if operator not in OPERATORS and operator not in COMPARED and operator not in LIKES:
        raise PythonFault("ValueError", f"Invalid operator in condition {leaf!r}")
    head, _, rest = path.partition(".")
    column = env.facts(model).columns.get(head)
    if column is None:
        raise PythonFault("ValueError", f"Invalid field {model}.{head} in condition {leaf!r}")
    if rest:
        inner = test_of(env, column.relation, [(rest, operator, value)])
        return lambda i: any(inner(j) for j in _ids(stored_value(env, model, i, head)))
    if operator == "any":
        inner = test_of(env, column.relation, value)
        return lambda i: any(inner(j) for j in _ids(stored_value(env, model, i, head)))
    if column.relation and _is_name(operator, value):
        return _by_name(env, model, head, operator, value)
    test = _value_test(env, model, column.type, operator, value)
    return lambda i: test(stored_value(env, model, i, head))


def _is_name(operator: str, value: Any) -> bool:
    values = value if isinstance(value, list | tuple) else [value]
    return operator in LIKES or any(isinstance(v, str) for v in values)


def _by_name(env: Env, model: str, field: str, operator: str, value: Any) -> Test:
    relation = env.facts(model).columns[field].relation
    test = _value_test(env, relation, "char", operator, value)
    return lambda i: any(
        test(display_name(env, relation, j)) for j in _ids(stored_value(env, model, i, field))
    )


def _ids(value: Any) -> Iterable[int]:
    if isinstance(value, tuple | list):
        return value
    return (value,) if value else ()


def _value_test(
    env: Env, model: str, kind: str, operator: str, value: Any
) -> Callable[[Any], bool]:
    if operator in ("child_of", "parent_of"):
        return _in_tree(env, model, operator, value)
    if operator in LIKES:
        return _like(operator, str(value))
    if operator in COMPARED:
        compare = COMPARED[operator]
        if kind in NUMBERS:
            return lambda held: compare(held or 0, value or 0)
        return lambda held: bool(held and value) and compare(held, value)
    if operator == "=?" and value in (None, False):
        return lambda held: True
    wanted = value if isinstance(value, list | tuple) else [value]
    return _among(kind, operator in ("=", "in", "=?"), wanted)


def _among(kind: str, positive: bool, wanted: Sequence[Any]) -> Callable[[Any], bool]:
    if kind == "boolean":
        flags = {bool(w) for w in wanted}
        return lambda held: (bool(held) in flags) is positive
    if kind in NUMBERS:
        numbers = {w or 0 for w in wanted}
        return lambda held: ((held or 0) in numbers) is positive
    plain = {w for w in wanted if w not in (None, False)}
    empty = any(w in (None, False) for w in wanted)
    if kind in ("one2many", "many2many"):
        return lambda held: (bool(plain.intersection(held)) or (empty and not held)) is positive
    return lambda held: (held in plain if held not in (None, False) else empty) is positive


_LIKE = {"%": ".*", "_": "."}
_PARTS = re.compile(r"\\?.", re.DOTALL)  # a backslash before a character takes its meaning away


def _like(operator: str, pattern: str) -> Callable[[Any], bool]:
    positive = not operator.startswith("not ")
    operator = operator.removeprefix("not ")
    if not operator.startswith("="):
        pattern = f"%{pattern}%"
    parts = "".join(_LIKE.get(part) or re.escape(part[-1]) for part in _PARTS.findall(pattern))
    flags = re.DOTALL | (re.IGNORECASE if "ilike" in operator else 0)
    match = re.compile(parts, flags).fullmatch
    return lambda held: bool(match(str(held)) if held not in (None, False) else False) is positive


def _in_tree(env: Env, model: str, operator: str, value: Any) -> Callable[[Any], bool]:
    wanted = set(value if isinstance(value, list | tuple) else [value])

    def above(record_id: int) -> set[int]:
        seen: set[int] = set()
        while record_id and record_id not in seen:
            seen.add(record_id)
            record_id = env.value(model, record_id, "parent_id") or 0
        return seen

    if operator == "child_of":
        return lambda held: bool(held) and not wanted.isdisjoint(above(held))
    top: set[int] = set().union(*(above(w) for w in wanted)) if wanted else set()
    return lambda held: held in top
