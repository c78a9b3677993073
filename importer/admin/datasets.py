"""Datasets: files go in, sheets come out; nothing of a dataset is ever edited."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from importer import datasets
from importer.admin.correcting import CorrectedAdmin, origin_of
from importer.admin.doing import do, posted
from importer.admin.json_fields import LinesField
from importer.admin.labels import labels
from importer.admin.profiles import ProfiledAdmin
from importer.admin.scoping import ReadOnlyAdmin, person, project_of, user_of
from importer.admin.suggestions import SuggestedAdmin
from importer.choices import DatasetState, JobKind, JobState
from importer.limits import default_empty_words
from importer.models import Dataset, Job, Sheet


class ManyFilesInput(forms.ClearableFileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Cleans to a list of uploaded files."""

    widget = ManyFilesInput(attrs={"class": "block w-full text-sm"})

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = data if isinstance(data, (list, tuple)) else [data]
        return [super(ManyFilesField, self).clean(one, initial) for one in given]


class UploadForm(forms.Form):
    """What a dataset is made from."""

    uploads = ManyFilesField(
        label=_("Files"),
        help_text=_(
            "xlsx, xlsm, xls, ods, csv, tsv, jsonl, or a zip: of csv, or of the pictures and "
            "documents that rows name. Several are one dataset."
        ),
    )
    name = forms.CharField(
        label=_("Name"), required=False, max_length=300, widget=UnfoldAdminTextInputWidget()
    )
    separator = forms.CharField(
        label=_("Separator"),
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Of csv files: one character, or the word tab. Found by itself when empty."),
    )
    encoding = forms.CharField(
        label=_("Encoding"),
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Of csv files, such as utf-8 or cp1252; found by itself when empty."),
    )
    header_row = forms.IntegerField(
        label=_("Header row"),
        required=False,
        min_value=0,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_(
            "The row that holds the column names, 0 where there is none. "
            "Found by itself when empty."
        ),
    )
    empty_words = LinesField(
        label=_("Words that mean an empty cell"),
        required=False,
        help_text=_("One a line, such as NULL or N/A."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["empty_words"].initial = default_empty_words()

    def options(self) -> dict[str, Any]:
        names = ("separator", "encoding", "header_row")
        given = {name: self.cleaned_data[name] for name in names}
        options = {name: value for name, value in given.items() if value not in (None, "")}
        if self.cleaned_data["empty_words"] != default_empty_words():
            options["empty_words"] = self.cleaned_data["empty_words"]
        return options


@admin.register(Dataset)
class DatasetAdmin(ProfiledAdmin, CorrectedAdmin, ReadOnlyAdmin):
    """One upload a row."""

    add_verb = "upload_dataset"
    delete_verb = "delete_dataset"
    deeds = (*ProfiledAdmin.deeds, *CorrectedAdmin.deeds)
    list_display = ("name", "show_state", "show_sheets", "created_by", "created_at")
    list_filter = ("state",)
    search_fields = ("name", "files__name")
    fields = (
        "name",
        "state",
        "show_progress",
        "error",
        "show_files",
        "show_assets",
        "show_origin",
        "show_maker",
        "created_at",
        "sha256",
    )
    readonly_fields = fields
    change_form_after_template = "importer/dataset_sheets.html"

    @display(description=_("State"), label=labels(DatasetState))
    def show_state(self, obj: Dataset) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @admin.display(description=_("Sheets"))
    def show_sheets(self, obj: Dataset) -> str:
        return ", ".join(f"{sheet.name} ({sheet.n_rows:,})" for sheet in obj.sheets.all())

    @admin.display(description=_("Files"))
    def show_files(self, obj: Dataset) -> str:
        return ", ".join(f"{file.name} ({file.size:,} bytes)" for file in obj.files.all())

    @admin.display(description=_("Files that rows may name"))
    def show_assets(self, obj: Dataset) -> str:
        names = list(obj.assets.order_by("name", "pk").values_list("name", flat=True)[:6])
        if not names:
            return "-"
        more = ", ..." if len(names) > 5 else ""
        return f"{obj.assets.count():,}: {', '.join(names[:5])}{more}"

    @admin.display(description=_("Corrections"))
    def show_origin(self, obj: Dataset) -> str:
        return origin_of(obj)

    @admin.display(description=_("Uploaded by"))
    def show_maker(self, obj: Dataset) -> str:
        return person(obj.created_by)

    @admin.display(description=_("Reading"))
    def show_progress(self, obj: Dataset) -> str:
        reading = Job.objects.filter(object_id=obj.pk, kind=JobKind.READ_DATASET)
        job = reading.order_by("-created_at").first()
        if job is None:
            return "-"
        words = str(JobState(job.state).label)
        if job.state == JobState.RUNNING and job.total:
            words += f", {100 * job.done // job.total} %"
        return f"{words}. {job.message}" if job.message else words

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("sheets", "files")

    def get_urls(self) -> Any:
        live = self.admin_site.admin_view(self.live_view)
        return [
            path("<uuid:dataset_id>/live/", live, name="importer_dataset_live"),
            *super().get_urls(),
        ]

    def live_view(self, request: HttpRequest, dataset_id: Any) -> HttpResponse:
        """How far reading is; when it is over the page is asked to load itself again."""
        dataset = self.row_or_404(request, dataset_id)
        response = TemplateResponse(request, "importer/dataset_reading.html", {"original": dataset})
        if dataset.state in (DatasetState.READY, DatasetState.FAILED):
            response["HX-Refresh"] = "true"
        return response

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The upload form in place of Django's."""
        if not self.has_add_permission(request):
            return HttpResponseRedirect(reverse("admin:importer_dataset_changelist"))
        form = UploadForm(*posted(request))
        if request.method == "POST" and form.is_valid():
            made = do(request, lambda: self._upload(request, form))
            if made is not None:
                return HttpResponseRedirect(
                    reverse("admin:importer_dataset_change", args=(made.pk,))
                )
        context = {
            **self.admin_site.each_context(request),
            "form": form,
            "opts": self.opts,
            "title": _("Upload files"),
            "button": _("Upload"),
        }
        return TemplateResponse(request, "importer/form_page.html", context)

    def _upload(self, request: HttpRequest, form: UploadForm) -> Dataset:
        project = project_of(request)
        assert project is not None
        dataset, is_new = datasets.upload_dataset(
            by=user_of(request),
            project=project,
            files=[(file.name, file) for file in form.cleaned_data["uploads"]],
            name=form.cleaned_data["name"],
            options=form.options(),
        )
        if not is_new:
            self.message_user(request, _("These files are known already: this is their dataset."))
        return dataset

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        datasets.delete_dataset(by=user_of(request), dataset=obj)


@admin.register(Sheet)
class SheetAdmin(SuggestedAdmin, ReadOnlyAdmin):
    """One sheet, with its first rows."""

    row_link = ""
    """Name of a page that a row's number leads to, with ``sheet`` and ``row`` in its address."""

    list_select_related = ("dataset",)

    list_display = ("name", "dataset", "show_rows")
    fields = ("name", "show_dataset", "show_rows", "header_row")
    readonly_fields = fields
    change_form_after_template = "importer/sheet_rows.html"

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("Dataset"))
    def show_dataset(self, obj: Sheet) -> str:
        url = reverse("admin:importer_dataset_change", args=(obj.dataset_id,))
        return format_html('<a class="text-primary-600" href="{}">{}</a>', url, obj.dataset)

    @admin.display(description=_("Rows"), ordering="n_rows")
    def show_rows(self, obj: Sheet) -> str:
        return f"{obj.n_rows:,}"

    def get_urls(self) -> Any:
        rows = self.admin_site.admin_view(self.rows_view)
        return [
            path("<int:sheet_id>/rows/", rows, name="importer_sheet_rows"),
            *super().get_urls(),
        ]

    def rows_view(self, request: HttpRequest, sheet_id: int) -> HttpResponse:
        """A page of the sheet's rows, loaded by the sheet's own page."""
        sheet = self.row_or_404(request, sheet_id)
        offset = _offset(request.GET.get("offset", ""), sheet.n_rows)
        rows = datasets.sample_rows(sheet, offset=offset, limit=50)
        columns = ["_row", *sheet.column_names]
        cells = [[row.get(column) for column in columns] for row in rows]
        later = offset + 50 if offset + 50 < sheet.n_rows else None
        context = {
            "sheet": sheet,
            "columns": columns,
            "rows": cells,
            "row_page": reverse(self.row_link) if self.row_link else "",
            "later": later,
            "earlier": max(offset - 50, 0) if offset else None,
        }
        return TemplateResponse(request, "importer/sheet_table.html", context)


def _offset(text: str, n_rows: int) -> int:
    """The asked offset within the sheet; 0 for what is no number."""
    return min(int(text), max(n_rows - 1, 0)) if text.isdecimal() and len(text) < 16 else 0
