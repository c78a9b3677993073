"""Removing a list: the refusal names who is in the way, else the list is halved, within limits."""

from collections.abc import Sequence
from typing import Any

import pytest

from importer.engine.undoing.refusals import Blocker
from importer.engine.undoing.removal import BISECT_CALLS, Removal, remove
from importer.odoo.errors import AccessRefused, DataRefused, OdooError, Transient

NAMES_WHO = "No.\n\nModel: Order (sale.order), Constraint: sale_order_partner_id_fkey"


class Odoo:
    """Refuses lists that hold one of ``used``, with ``error``."""

    def __init__(self, there: Sequence[int], used: Sequence[int], error: OdooError) -> None:
        self.there, self.used, self.error = set(there), set(used), error
        self.unlinks = 0

    def unlink(self, model: str, ids: Sequence[int], **more: Any) -> None:
        self.unlinks += 1
        if self.used & set(ids):
            raise self.error
        if not set(ids) <= self.there:
            raise DataRefused("A record is missing.", name="odoo.exceptions.MissingError")
        self.there -= set(ids)

    def search(self, model: str, domain: list[Any], **more: Any) -> list[int]:
        return sorted(self.there & set(domain[0][2]))


def removed(odoo: Odoo, ids: Sequence[int], *, named: bool = False) -> Removal:
    def find(blocker: Blocker, some: Sequence[int]) -> dict[int, str]:
        assert blocker == Blocker("sale.order", "partner_id")
        return {one: "used by an order" for one in some if one in odoo.used} if named else {}

    return remove(odoo, "res.partner", ids, find_users=find, context={})  # type: ignore[arg-type]


def test_those_in_use_are_found_by_one_search_and_the_rest_goes() -> None:
    odoo = Odoo(range(500), range(50), DataRefused(NAMES_WHO))
    done = removed(odoo, list(range(500)), named=True)
    assert odoo.unlinks == 2
    assert len(done.removed) == 450
    assert done.refused == dict.fromkeys(range(50), "used by an order")
    assert odoo.there == set(range(50))


def test_without_a_name_the_list_is_halved_until_the_one_is_found() -> None:
    odoo = Odoo(range(100), [37], DataRefused("It is the boss's."))
    done = removed(odoo, list(range(100)))
    assert done.refused == {37: "Odoo refused to remove it: It is the boss's."}
    assert odoo.there == {37}
    assert odoo.unlinks < 20


def test_halving_has_a_budget_and_the_rest_is_kept_with_a_reason() -> None:
    odoo = Odoo(range(1000), range(0, 1000, 3), DataRefused("No."))
    done = removed(odoo, list(range(1000)))
    assert odoo.unlinks <= BISECT_CALLS + 1
    assert len(done.removed) + len(done.refused) == 1000
    assert odoo.there == set(done.refused)
    assert any("not tried alone" in why for why in done.refused.values())


def test_records_that_are_gone_meanwhile_count_as_removed() -> None:
    odoo = Odoo([1, 2], [], DataRefused("unused"))
    assert sorted(removed(odoo, [1, 2, 3]).removed) == [1, 2, 3]
    assert odoo.there == set()


def test_a_login_that_may_remove_nothing_is_not_asked_for_each_record() -> None:
    odoo = Odoo(range(100), range(100), AccessRefused("You may not."))
    done = removed(odoo, list(range(100)))
    assert (odoo.unlinks, set(done.refused.values())) == (2, {"You may not."})


def test_what_is_no_refusal_is_left_to_the_batch_loop() -> None:
    with pytest.raises(Transient):
        removed(Odoo([1], [1], Transient("Busy.")), [1])
