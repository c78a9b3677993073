"""A server dry run on a real Odoo. ``ODOO_TEST_URL``, ``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN`` and
``ODOO_TEST_SECRET`` say which server; nothing is left there.
"""

import os
from typing import Any

import pytest

from importer.models import Membership, User
from tests.graphs.test_odoo_tries_a_plan import check_refusals
from tests.live.harbours import connect, harbour_of_environment

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no live server"
    ),
]


def test_a_real_odoo_tries_a_plan_and_keeps_nothing(asked: Any, drain: Any) -> None:
    harbour = harbour_of_environment()
    connect(harbour, "ODOO_TEST")
    admin = User.objects.create_user("planner", password="a long password")
    Membership.objects.create(user=admin, project=harbour.project, role="admin")
    check_refusals(harbour.connection, admin, drain)
