"""Whatever is asked of the admin by hand, the answer is a page and no fault of ours."""

import pytest

from tests.admin.conftest import Visit
from tests.api.conftest import Harbour

ODD = [
    "graphs/graph/what/change/", "graphs/graph/what/do/start/", "graphs/graphrun/what/change/",
    "graphs/graphrun/00000000-0000-0000-0000-000000000000/live/", "importer/sheet/0/rows/",
    "importer/sheet/99999999999999999999999/change/", "importer/mapping/x/do/preview/",
    "importer/connection/x/do/test/", "importer/issue/?load__id__in=abc", "importer/issue/?e=1",
    "graphs/graphrun/?status__exact=what", "graphs/graphrun/?p=abc", "graphs/graphrun/?o=99.x",
    "importer/keymap/?entity__id__exact=what", "importer/dataset/?q=%00", "search/?s=a&page=x",
    "search/?s=run&page=99", "graphs/runlog/?all=", "importer/keymap/?q=%F0%9F%92%A9",
]  # fmt: skip


@pytest.mark.parametrize("address", ODD)
def test_an_odd_address_is_never_a_fault_of_ours(
    harbour: Harbour, visit: Visit, address: str
) -> None:
    assert visit("superuser").get(f"/admin/{address}").status_code in (200, 302, 400, 404)


def test_an_odd_choice_of_rows_is_a_message(harbour: Harbour, visit: Visit) -> None:
    client = visit()
    for chosen in ("what", "\x00", ""):
        posted = {"action": "delete_selected", "_selected_action": [chosen]}
        answer = client.post("/admin/graphs/graph/", posted)
        assert answer.status_code in (200, 302)
