"""Whether a call of a batch may have been kept without our having been told. Only reads."""

from importer.choices import Outcome
from importer.models import Batch

DOUBT = "doubt"
"""Key in ``Batch.refs`` of a batch cut off one in doubt: its rows were in that call too."""

_UNTOLD = (Outcome.IN_DOUBT, Outcome.LATE)


def was_ever_in_doubt(batch: Batch) -> bool:
    """Also where a later call was answered, or the answer came when another hand had the batch."""
    return bool(batch.refs.get(DOUBT)) or batch.attempts.filter(outcome__in=_UNTOLD).exists()
