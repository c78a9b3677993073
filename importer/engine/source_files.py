"""Where the files that a sheet names come from: its dataset's archives, the project's hosts."""

from collections.abc import Callable

from importer.data.binaries.sources import Asset, Files, Keep
from importer.data.storage import local_path
from importer.limits import current_limits
from importer.models import Dataset


def files_for(
    dataset: Dataset, keep: Keep | None = None, is_stopping: Callable[[], bool] = bool
) -> Files:
    """``keep``: takes the bytes in; without it nothing is kept, and nothing fetched."""
    return Files(
        assets=_assets(dataset),
        hosts=tuple(dataset.project.file_hosts),
        most_bytes=current_limits().binary_bytes,
        keep=keep,
        is_stopping=is_stopping,
    )


def _assets(dataset: Dataset) -> list[Asset]:
    found = list(dataset.assets.select_related("file").order_by("name", "pk"))
    paths = {one.file_id: local_path(one.file.stored_as) for one in found}
    return [Asset(one.name, paths[one.file_id], one.member, one.size) for one in found]
