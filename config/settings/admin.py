"""How the admin looks."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


def _entry(title: str | Promise, icon: str, url: str, sees: str = "may_view") -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{url}"),
        "permission": f"config.navigation.{sees}",
    }


def _rows(title: str | Promise, icon: str, model: str, sees: str = "may_view") -> dict[str, Any]:
    return _entry(title, icon, f"{model}_changelist", sees)


UNFOLD = {
    "SITE_TITLE": "Stowage",
    "SITE_HEADER": "Stowage",
    "SITE_SYMBOL": "sailing",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("stowage/favicon.svg"),
        }
    ],
    "STYLES": [lambda request: static("stowage/stowage.css")],
    "SCRIPTS": [lambda request: static("stowage/once.js")],
    "SHOW_HISTORY": True,
    "SHOW_BACK_BUTTON": False,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "config.home.home_context",
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 231)",
            "100": "oklch(94% .03 231)",
            "200": "oklch(89% .06 231)",
            "300": "oklch(82% .1 231)",
            "400": "oklch(73% .13 233)",
            "500": "oklch(62% .14 236)",
            "600": "oklch(52% .13 239)",
            "700": "oklch(45% .11 240)",
            "800": "oklch(39% .09 241)",
            "900": "oklch(34% .07 242)",
            "950": "oklch(25% .05 243)",
        }
    },
    "ACCOUNT": {
        "navigation": [
            {"title": _("Zone and language"), "link": reverse_lazy("admin:own_settings")},
            {"title": _("Change password"), "link": reverse_lazy("admin:password_change")},
        ]
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": _("Work"),
                "items": [
                    _entry(_("Home"), "home", "index", "is_staff"),
                    _rows(_("Runs"), "play_circle", "graphs_graphrun"),
                    _rows(_("Graphs"), "account_tree", "graphs_graph"),
                    _rows(_("Datasets"), "table_view", "importer_dataset"),
                    _rows(_("Mappings"), "swap_horiz", "importer_mapping"),
                    _rows(_("Entities"), "category", "importer_entity"),
                    _rows(_("Value maps"), "translate", "importer_valuemap"),
                ],
            },
            {
                "title": _("Odoo"),
                "items": [
                    _rows(_("Connections"), "power", "importer_connection"),
                    _rows(_("Models"), "schema", "importer_odoomodel"),
                ],
            },
            {
                "title": _("What happened"),
                "items": [
                    _rows(_("Problems"), "report", "importer_issue"),
                    _rows(_("Key map"), "key", "importer_keymap"),
                    _entry(_("Explain a row"), "help_center", "graphs_explain"),
                    _rows(_("Logs"), "receipt_long", "graphs_runlog"),
                    _rows(_("Rehearsals"), "verified", "graphs_rehearsal"),
                    _rows(_("Reconciliations"), "balance", "graphs_reconciliation"),
                    _rows(_("Batches"), "inventory_2", "importer_batch"),
                    _rows(_("Jobs"), "manufacturing", "importer_job"),
                ],
            },
            {
                "title": _("People"),
                "items": [
                    _rows(_("Projects"), "folder_shared", "importer_project", "is_staff"),
                    _rows(_("Users"), "group", "importer_user", "is_superuser"),
                    {
                        "title": _("Queues"),
                        "icon": "reorder",
                        "link": reverse_lazy("django_rq:home"),
                        "permission": "config.navigation.is_superuser",
                    },
                ],
            },
        ],
    },
}
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
