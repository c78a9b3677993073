"""Whether a call of a batch may have been kept without our having been told. Only reads."""

from importer.choices import Outcome
from importer.models import Batch

_UNTOLD = (Outcome.IN_DOUBT, Outcome.LATE)


def was_ever_in_doubt(batch: Batch) -> bool:
    """Also where a later call was answered, or the answer came when another hand had the batch."""
    return batch.attempts.filter(outcome__in=_UNTOLD).exists()
