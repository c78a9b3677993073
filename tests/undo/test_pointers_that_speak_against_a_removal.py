"""Which fields that lead to a record are a reason to keep it."""

import pytest

from importer.engine.undoing.pointing import PointingField, speaks_against

LINES = [("sale.order.line", "order_id"), ("res.partner.bank", "partner_id")]


def field(model: str, name: str, target: str, on_delete: str = "set null") -> PointingField:
    return PointingField(model, name, target, on_delete == "", on_delete=on_delete)


@pytest.mark.parametrize(
    "one",
    [
        field("sale.order", "partner_id", "res.partner", "restrict"),
        field("res.partner", "parent_id", "res.partner"),
        field("product.supplierinfo", "partner_id", "res.partner", "cascade"),
        field("product.category", "parent_id", "product.category", "cascade"),
        field("res.partner", "category_id", "res.partner.category", ""),
        field("calendar.event", "partner_ids", "res.partner", ""),
    ],
)
def test_uses_of_a_record_speak_against_its_removal(one: PointingField) -> None:
    assert speaks_against(one, [*LINES, ("product.category", "parent_id")])


@pytest.mark.parametrize(
    "one",
    [
        field("sale.order.line", "order_id", "sale.order", "cascade"),
        field("res.partner.bank", "partner_id", "res.partner", "cascade"),
        field("mail.message", "author_id", "res.partner"),
        field("mail.followers", "partner_id", "res.partner", "cascade"),
        field("sale.order", "create_uid", "res.users"),
        field("sale.report", "partner_id", "res.partner"),
        field("hr.employee.public", "work_contact_id", "res.partner"),
        field("base.partner.merge.automatic.wizard", "dst_partner_id", "res.partner"),
        field("res.partner.category", "partner_ids", "res.partner", ""),
    ],
)
def test_own_lines_chatter_views_and_lists_of_members_do_not(one: PointingField) -> None:
    assert not speaks_against(one, LINES)


def test_a_line_whose_server_does_not_tell_what_happens_is_judged_by_being_required() -> None:
    told = PointingField("sale.order.line", "order_id", "sale.order", False, is_required=True)
    assert not speaks_against(told, LINES)
    assert speaks_against(PointingField("sale.order.line", "order_id", "sale.order", False), LINES)
