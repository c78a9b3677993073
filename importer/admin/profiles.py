"""The page of a dataset's profile: score and reasons first, then references, then each sheet."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from importer.admin.charts import HEIGHT, WIDTH, Bar, histogram, share, top_values
from importer.admin.deeds import Deed, DeedAdmin
from importer.admin.doing import do
from importer.admin.scoping import allowed, user_of
from importer.choices import DatasetState
from importer.data.profiling.facts import Alarm, ColumnFacts, DatasetFacts, Level, SheetFacts
from importer.models import Dataset
from importer.profiles import profile_dataset, profile_of

_RANK = {Level.ERROR: 0, Level.WARNING: 1, Level.NOTE: 2}
_MOVING = ("pending", "running")


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column's facts and its chart."""

    facts: ColumnFacts
    bars: list[Bar]
    filled_width: float
    alarms: list[Alarm]

    @property
    def percent(self) -> str:
        """Of the filled cells that are of the type; never rounded up to all of them."""
        share_ = self.facts.share
        return f"{int(share_ * 1000) / 10:g} %" if self.facts.filled else ""


@dataclass(frozen=True, slots=True)
class SheetView:
    """A sheet's facts with views of its columns."""

    facts: SheetFacts
    columns: list[ColumnView]
    alarms: list[Alarm]
    anchor: str


class ProfiledAdmin(DeedAdmin):
    """Pages and buttons of profiles, for the admin of datasets."""

    deeds: tuple[Deed, ...] = (
        Deed(
            "profile",
            "view",
            _("Profile and health"),
            "profile_page",
            is_page=True,
            is_main=True,
            fits=lambda row: row.state == DatasetState.READY,
        ),
    )

    def get_urls(self) -> Any:
        live = self.admin_site.admin_view(self.profile_live)
        again = self.admin_site.admin_view(self.profile_again)
        return [
            path("<uuid:dataset_id>/profile/live/", live, name="importer_dataset_profile_live"),
            path("<uuid:dataset_id>/profile/again/", again, name="importer_dataset_profile_again"),
            *super().get_urls(),
        ]

    def profile_page(self, request: HttpRequest, dataset: Dataset) -> HttpResponse:
        """Everything that is known; while a job is at work the page asks until it is done."""
        known = profile_of(dataset)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Profile of %(name)s") % {"name": dataset},
            "original": dataset,
            "known": known,
            "is_moving": known.state in _MOVING,
            "may_profile": allowed(request, "profile_dataset"),
            "back": self.page_of(dataset),
            "chart_width": WIDTH,
            "chart_height": HEIGHT,
        }
        if known.facts:
            context |= {
                "facts": known.facts,
                "sheets": [_sheet(sheet, n) for n, sheet in enumerate(known.facts.sheets)],
                "notes": _notes(known.facts),
            }
        return TemplateResponse(request, "importer/profile.html", context)

    def profile_live(self, request: HttpRequest, dataset_id: Any) -> HttpResponse:
        """Whether the profile is still being made; when it is not, the page loads itself again."""
        dataset = self.row_or_404(request, dataset_id)
        known = profile_of(dataset)
        context = {"original": dataset, "known": known, "is_moving": True}
        response = TemplateResponse(request, "importer/profile_waiting.html", context)
        if known.state not in _MOVING:
            response["HX-Refresh"] = "true"
        return response

    def profile_again(self, request: HttpRequest, dataset_id: Any) -> HttpResponse:
        """Ask for the profile anew, by POST."""
        dataset = self.row_or_404(request, dataset_id)
        if request.method == "POST":
            do(request, lambda: profile_dataset(by=user_of(request), dataset=dataset))
        page = reverse("admin:importer_dataset_do", args=(dataset.pk, "profile"))
        return HttpResponse(status=302, headers={"Location": page})


def _sheet(facts: SheetFacts, number: int) -> SheetView:
    columns = [
        ColumnView(
            column,
            histogram(column) or top_values(column),
            share(column.filled, facts.n_rows),
            _ranked(column.alarms),
        )
        for column in facts.columns
    ]
    return SheetView(facts, columns, _ranked(facts.alarms), f"sheet-{number}")


def _ranked(alarms: tuple[Alarm, ...]) -> list[Alarm]:
    return sorted(alarms, key=lambda alarm: _RANK[alarm.level])


def _notes(facts: DatasetFacts) -> list[Alarm]:
    return [alarm for alarm in facts.alarms if alarm.level is Level.NOTE]
