"""The profile as staff see it: it appears by itself after the upload, says what is wrong where, and
can be asked for anew. Real Chromium, web process, worker and dispatcher."""

import os
from pathlib import Path
from typing import Any

import pytest

from importer.models import Project, User
from tests.browser.conftest import Shoot, log_in
from tests.processes import ManageProcess

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(400),
]

NORTHWIND = os.environ.get("STOWAGE_NORTHWIND", "")
CUSTOMERS = "customer_id,name,since,credit\n" + "".join(
    f"C{n:03},Customer {n},{1 + n % 28:02}/{1 + n % 12:02}/2024,{n * 37 % 900}.50\n"
    for n in range(1, 120)
)
ORDERS = "order_no,customer,day,total\n" + "".join(
    f"{n},C{n % 119 + 1:03},{1 + n % 28:02}/{1 + n % 12:02}/2024,{n * 31 % 700}.25\n"
    for n in range(1, 400)
)
DIRTY_CUSTOMERS = 'C120,Customer 5,31/12/2024,"1,5"\n"C120 ",customer  5,12/31/2024,many\n'
DIRTY_ORDERS = "400,c001,2024-13-01,#REF!\n401,C999,soon,-\n"


def test_a_profile_says_what_is_wrong_and_where(
    project: Project,
    make_member: Any,
    page: Any,
    hands: ManageProcess,
    shoot: Shoot,
    tmp_path: Path,
) -> None:
    user = make_member("operator", project=project)
    User.objects.filter(pk=user.pk).update(is_staff=True, current_project=project)
    log_in(page, user.username)
    page.goto("/admin/importer/dataset/add/")
    page.set_input_files("#id_uploads", _files(tmp_path))
    page.click("button:has-text('Upload')")
    page.wait_for_url("**/change/")
    page.get_by_role("link", name="customers", exact=True).wait_for()
    page.get_by_role("link", name="Profile and health").click()
    page.get_by_text("What takes points away").wait_for()
    assert page.locator("svg rect").count() > 20
    assert page.locator("svg:visible").count() > 8
    if not NORTHWIND:
        for text in ("mixes two orders of dates", "“C999” (row 402)", "nearly “C001”"):
            assert page.get_by_text(text).first.is_visible(), text
    page.locator("details summary").last.click()
    if not NORTHWIND:
        shoot("profile")
    page.evaluate("window.sameDocument = true")
    page.click("button:has-text('Profile again')")
    page.get_by_role("button", name="Profile again").wait_for()
    page.get_by_text("What takes points away").wait_for()


def _files(folder: Path) -> list[Path]:
    if NORTHWIND:
        return sorted(Path(NORTHWIND).glob("*.csv"))
    texts = {"customers": CUSTOMERS + DIRTY_CUSTOMERS, "orders": ORDERS + DIRTY_ORDERS}
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return [folder / f"{name}.csv" for name in texts]
