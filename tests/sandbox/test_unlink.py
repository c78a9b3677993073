"""What may be removed, what goes with it, and what stays."""

import pytest

from tests.sandbox.serving import Refused, Sandbox

PARTNER = "res.partner"


def refusal(sandbox: Sandbox, model: str, ids: list[int]) -> Refused:
    with pytest.raises(Refused) as refused:
        sandbox.call(model, "unlink", ids)
    return refused.value


def used_partner(sandbox: Sandbox) -> int:
    partner = sandbox.loaded(PARTNER, ["id", "name"], ["m.used", "Used"])[0]
    sandbox.loaded("sale.order", ["id", "partner_id/id"], ["m.o", "m.used"])
    return partner


def test_a_partner_used_on_an_order_stays_and_the_order_is_named(sandbox: Sandbox) -> None:
    refused = refusal(sandbox, PARTNER, [used_partner(sandbox)])
    assert refused.name == "odoo.exceptions.ValidationError"
    assert "(sale.order)" in refused.message
    word = "(partner_id)" if sandbox.version == 19 else "sale_order_partner_id_fkey"
    assert word in refused.message


def test_one_refusal_refuses_the_list(sandbox: Sandbox) -> None:
    free = sandbox.loaded(PARTNER, ["name"], ["Free"])[0]
    refusal(sandbox, PARTNER, [free, used_partner(sandbox)])
    assert sandbox.call(PARTNER, "exists", [free]) == [free]


def test_a_product_on_an_order_line_stays(sandbox: Sandbox) -> None:
    product = sandbox.loaded("product.product", ["id", "name"], ["m.p", "P"])[0]
    sandbox.loaded(PARTNER, ["id", "name"], ["m.c", "C"])
    fields = ["partner_id/id", "order_line/product_id/id"]
    sandbox.loaded("sale.order", fields, ["m.c", "m.p"])
    template = sandbox.one("product.product", product, "product_tmpl_id")["product_tmpl_id"]
    assert "(sale.order.line)" in refusal(sandbox, "product.product", [product]).message
    assert "(sale.order.line)" in refusal(sandbox, "product.template", [template]).message


def test_the_partner_of_an_active_user_redirects(sandbox: Sandbox) -> None:
    assert refusal(sandbox, PARTNER, [3]).name == "odoo.exceptions.RedirectWarning"


def test_the_own_companys_partner_stays(sandbox: Sandbox) -> None:
    assert "(res.company)" in refusal(sandbox, PARTNER, [1]).message


def test_a_country_in_use_stays(sandbox: Sandbox) -> None:
    country = sandbox.loaded("res.country", ["id", "name", "code"], ["m.c", "New", "QQ"])
    sandbox.loaded(PARTNER, ["name", "country_id/id"], ["A", "m.c"])
    assert "(res.partner)" in refusal(sandbox, "res.country", country).message


def test_children_keep_an_empty_parent(sandbox: Sandbox) -> None:
    rows = [["m.co", "Co", ""], ["m.kid", "Kid", "m.co"]]
    company, kid = sandbox.loaded(PARTNER, ["id", "name", "parent_id/id"], *rows)
    sandbox.call(PARTNER, "unlink", [company])
    assert sandbox.one(PARTNER, kid, "parent_id")["parent_id"] is False


def test_a_tag_is_taken_out_of_the_sets_that_hold_it(sandbox: Sandbox) -> None:
    tags = sandbox.call("res.partner.category", "create", [{"name": "A"}, {"name": "B"}])
    record = sandbox.loaded(PARTNER, ["name", "category_id"], ["P", "A,B"])[0]
    sandbox.call("res.partner.category", "unlink", [tags[0]])
    assert sandbox.one(PARTNER, record, "category_id")["category_id"] == [tags[1]]


def test_a_product_takes_its_template_and_both_names_along(sandbox: Sandbox) -> None:
    product = sandbox.loaded("product.product", ["id", "name"], ["m.p", "P"])[0]
    sandbox.call("product.product", "unlink", [product])
    assert sandbox.count("product.template") == 0
    assert sandbox.call("ir.model.data", "search_count", [["module", "=", "m"]]) == 0


def test_a_category_in_use_may_go_only_in_19(sandbox: Sandbox) -> None:
    category = sandbox.loaded("product.category", ["id", "name"], ["m.c", "C"])[0]
    product = sandbox.loaded("product.template", ["name", "categ_id/id"], ["P", "m.c"])[0]
    if sandbox.version < 19:
        refusal(sandbox, "product.category", [category])
        return
    sandbox.call("product.category", "unlink", [category])
    assert sandbox.one("product.template", product, "categ_id")["categ_id"] is False


def test_a_missing_record_refuses_and_an_empty_list_does_not(sandbox: Sandbox) -> None:
    free = sandbox.loaded(PARTNER, ["name"], ["Free"])[0]
    assert refusal(sandbox, PARTNER, [free, 999999]).name == "odoo.exceptions.MissingError"
    assert sandbox.call(PARTNER, "exists", [free]) == [free]
    assert sandbox.call(PARTNER, "unlink", []) is True


def test_a_posted_entry_stays(sandbox: Sandbox) -> None:
    move = sandbox.call("account.move", "create", [{"date": "2026-01-05"}])[0]
    sandbox.call("account.move", "action_post", [move])
    assert refusal(sandbox, "account.move", [move]).name == "odoo.exceptions.UserError"
    sandbox.call("account.move", "button_draft", [move])
    assert sandbox.call("account.move", "unlink", [move]) is True
