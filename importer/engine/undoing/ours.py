"""Which records that a load has created are not ours any more: another one has the id by now."""

from collections.abc import Mapping

from importer.engine.belonging import own_names, strangers
from importer.engine.desk import Desk
from importer.engine.undoing.judging import Reason

_NOT_OURS = Reason(
    "not_ours",
    "Kept: our external id does not lead to it any more. It was taken off, or Odoo went back to a "
    "backup and another record has this id now.",
)


def not_ours(desk: Desk, keys: Mapping[int, str]) -> dict[int, Reason]:
    """``keys``: record -> the key it was created under. Those that must stay, with the reason."""
    odd = strangers(desk.client, desk.load.odoo_model, own_names(desk, keys))
    return dict.fromkeys(odd, _NOT_OURS)
