"""The forms of a graph's own page, of starting a run, and of making a graph from a file."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldBooleanWidget

from graphs.choices import OnBusy
from graphs.chosen_keys import typed_keys
from graphs.examining import bind_sheets
from graphs.models import Graph, GraphRun, GraphVersion
from graphs.vanishing import typed_policies
from importer.admin.scoping import ScopedForm
from importer.choices import DatasetState, Depth, SideEffect
from importer.errors import Refused
from importer.models import Connection, Dataset, Project

# Another dataset has other numbers of rows: the order beside the form is asked for again.
_SHOW_ROWS = {"hx-get": "", "hx-target": "#order", "hx-select": "#order", "hx-swap": "outerHTML"}
_LARGEST_FILE = 5 * 1024 * 1024


class GraphForm(ScopedForm):
    """The draft and what it is usually run with."""

    def add_prefix(self, field_name: str) -> str:
        # The admin theme takes a posted "dataset" for a table of its own and saves nothing.
        return super().add_prefix("usual_dataset" if field_name == "dataset" else field_name)


class StartForm(forms.Form):
    """Dataset, connection, and whether anything is sent at all."""

    dataset = forms.ModelChoiceField(
        Dataset.objects.none(), label=_("Dataset"), widget=UnfoldAdminSelectWidget(attrs=_SHOW_ROWS)
    )
    connection = forms.ModelChoiceField(
        Connection.objects.none(), label=_("Connection"), widget=UnfoldAdminSelectWidget()
    )
    dry_run = forms.BooleanField(
        label=_("Dry run"),
        required=False,
        widget=UnfoldBooleanWidget(),
        help_text=_("Rows are prepared, checked and planned, nothing is kept in Odoo."),
    )

    depth = forms.ChoiceField(
        label=_("How deep a dry run looks"),
        required=False,
        choices=Depth.choices,
        widget=UnfoldAdminSelectWidget(),
        help_text=_(
            "A local plan goes by our own rules. In a server dry run Odoo tries the rows as well, "
            "and rolls them back."
        ),
    )

    wait = forms.BooleanField(
        label=_("Wait until the connection is free"),
        required=False,
        widget=UnfoldBooleanWidget(),
        help_text=_("While another run writes to it, this one waits instead of being refused."),
    )

    keys = forms.CharField(
        label=_("Only these keys"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_(
            "Empty: every row. Else one a line, the entity first: customer: C-001. Keys of several "
            'columns are JSON lists: line: ["10248", "11"]. Other entities are left out.'
        ),
    )

    side_effects = forms.MultipleChoiceField(
        label=_("Let Odoo do besides"),
        required=False,
        choices=SideEffect.choices,
        widget=forms.CheckboxSelectMultiple(),
        help_text=_("None of these unless you tick it; it cannot be changed once the run exists."),
    )

    vanished = forms.CharField(
        label=_("Rows that vanished"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_(
            "What becomes of records whose row is in the file no more, where that is not what the "
            "mapping says. One a line: customer: archive (or report, or nothing)."
        ),
    )

    def __init__(
        self,
        *args: Any,
        graph: Graph,
        asked: Mapping[str, str],
        follows: GraphRun | None = None,
        **kwargs: Any,
    ) -> None:
        """``asked`` may hold the id of the dataset that is chosen at first."""
        super().__init__(*args, **kwargs)
        ready = Dataset.objects.filter(project_id=graph.project_id, state=DatasetState.READY)
        if follows is not None:
            ready = ready.exclude(graphrun=follows)
        wanted = next((row for row in ready if str(row.pk) == asked.get("dataset")), None)
        usual = graph.dataset if follows is None else None
        self.first_dataset = wanted or usual or ready.first()
        choose(self, "dataset", ready, self.first_dataset)
        targets = Connection.objects.filter(project_id=graph.project_id)
        choose(self, "connection", targets, graph.connection or targets.first())
        self.follows = follows
        if follows is not None:
            choose(self, "connection", targets.filter(pk=follows.connection_id), follows.connection)

    def clean_keys(self) -> dict[str, list[object]] | None:
        try:
            return typed_keys(self.cleaned_data["keys"])
        except Refused as refused:
            raise forms.ValidationError(str(refused)) from refused

    def clean_vanished(self) -> dict[str, str] | None:
        try:
            return typed_policies(self.cleaned_data["vanished"])
        except Refused as refused:
            raise forms.ValidationError(str(refused)) from refused

    def arguments(self) -> dict[str, Any]:
        names = ("dataset", "connection", "dry_run", "keys", "side_effects", "vanished")
        chosen = {name: self.cleaned_data[name] for name in names}
        if chosen["dry_run"] and self.cleaned_data["depth"]:
            chosen["depth"] = self.cleaned_data["depth"]
        on_busy = OnBusy.WAIT if self.cleaned_data["wait"] else OnBusy.REFUSE
        return {**chosen, "on_busy": on_busy, "follows": self.follows}


class RecipeForm(forms.Form):
    """A graph file, and what the graph is usually run with."""

    file = forms.FileField(
        label=_("Graph file"),
        widget=forms.FileInput(attrs={"class": "block w-full text-sm", "accept": ".json"}),
        help_text=_("JSON with nodes and edges, and the mappings and value maps they need."),
    )
    connection = forms.ModelChoiceField(
        Connection.objects.none(),
        label=_("Connection"),
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )
    dataset = forms.ModelChoiceField(
        Dataset.objects.none(), label=_("Dataset"), required=False, widget=UnfoldAdminSelectWidget()
    )

    def __init__(self, *args: Any, project: Project | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "connection", Connection.objects.filter(project=project), None)
        choose(self, "dataset", Dataset.objects.filter(project=project), None)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > _LARGEST_FILE:
            raise forms.ValidationError(_("A graph file has at most 5 MB; this is another file."))
        try:
            file.text = file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise forms.ValidationError(_("This file is not text in UTF-8.")) from error
        return file

    def text(self) -> str:
        return str(self.cleaned_data["file"].text)

    def links(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("connection", "dataset")}


def rows_by_node(version: GraphVersion | None, dataset: Dataset | None) -> dict[str, int]:
    """How many rows of the dataset each node of the release would read, where a sheet fits."""
    if version is None or dataset is None:
        return {}
    bound, _problems = bind_sheets(version.frozen["mappings"], dataset)
    return {node: sheet.n_rows for node, sheet in bound.items()}


def choose(form: forms.Form, name: str, rows: Any, usual: Any) -> None:
    """Give a choice field its rows and the one chosen at first."""
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows
    field.initial = usual
