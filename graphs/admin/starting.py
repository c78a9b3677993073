"""The form that starts a run."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanWidget

from graphs.models import Graph
from importer.choices import DatasetState
from importer.models import Connection, Dataset


class StartForm(forms.Form):
    """Dataset, connection, and whether anything is sent at all."""

    dataset = forms.ModelChoiceField(
        Dataset.objects.none(), label=_("Dataset"), widget=UnfoldAdminSelectWidget()
    )
    connection = forms.ModelChoiceField(
        Connection.objects.none(), label=_("Connection"), widget=UnfoldAdminSelectWidget()
    )
    dry_run = forms.BooleanField(
        label=_("Dry run"),
        required=False,
        widget=UnfoldBooleanWidget(),
        help_text=_("A local plan: rows are prepared, checked and planned, nothing is sent."),
    )

    def __init__(self, *args: Any, graph: Graph, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ready = Dataset.objects.filter(project_id=graph.project_id, state=DatasetState.READY)
        self._choose("dataset", ready, graph.dataset)
        targets = Connection.objects.filter(project_id=graph.project_id)
        self._choose("connection", targets, graph.connection)

    def _choose(self, name: str, rows: Any, usual: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows
        field.initial = usual or rows.first()

    def arguments(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("dataset", "connection", "dry_run")}
