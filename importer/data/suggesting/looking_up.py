"""By which field of a record in Odoo a column names it. Pure."""

from collections.abc import Mapping

from importer.data.suggesting.values import Look
from importer.odoo.protocols import ModelFacts

_BY: Mapping[str, Mapping[str, str]] = {
    "res.country": {"code": "code"},
    "res.country.state": {"code": "code"},
    "res.partner": {"code": "ref", "email": "email"},
    "res.users": {"code": "login", "email": "login"},
    "product.product": {"code": "default_code"},
    "product.template": {"code": "default_code"},
    "product.category": {"path": "complete_name"},
    "account.account": {"code": "code"},
    "account.journal": {"code": "code"},
}
_SHORT = {"res.country": ("letters2",), "res.country.state": ("upper", "letters2")}


def by_which(relation: str, hint: str, look: Look, known: ModelFacts | None) -> str:
    """The field: ``name`` unless header (``hint``) or cells say otherwise."""
    ways = _BY.get(relation, {})
    chosen = _by_cells(relation, look) or hint
    field = ways.get(chosen, "name")
    if known is not None and field not in known.fields:
        return "name"
    return field


def _by_cells(relation: str, look: Look) -> str:
    """What the cells show, whatever the header says."""
    if relation in _SHORT:
        short = max((look.shares[shape] for shape in _SHORT[relation]), default=0.0)
        return "code" if look.n and short >= 0.6 else "name" if look.n else ""
    if look.mostly("email"):
        return "email"
    if relation == "product.category" and look.mostly("path", 0.5):
        return "path"
    if relation in ("product.product", "product.template", "res.partner") and look.n:
        return "code" if look.mostly("code") and not look.mostly("several_words") else ""
    return ""
