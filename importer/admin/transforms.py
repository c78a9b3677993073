"""The page on which the transforms of a mapping's fields are put together, with before and after on
real rows while one types.
"""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from importer.admin.deeds import Deed, DeedAdmin
from importer.admin.doing import do
from importer.admin.scoping import allowed, user_of
from importer.choices import DatasetState
from importer.errors import Refused, StowageError
from importer.models import FieldMapping, Mapping, Sheet, ValueMap
from importer.transforming import inputs_of, keep_transforms, list_transforms, try_transforms

_SHEETS = 200


class TransformedAdmin(DeedAdmin):
    """The button and the page, for the admin of mappings."""

    deeds: tuple[Deed, ...] = (
        Deed("transforms", "view", _("Transforms"), "transforms_page", is_page=True),
    )

    def transforms_page(self, request: HttpRequest, mapping: Mapping) -> HttpResponse:
        """GET shows an input of a field; POST with ``try`` answers with rows in JSON, with ``keep``
        keeps the steps."""
        if request.method == "POST" and "try" in request.POST:
            return _tried(request, mapping)
        inputs = _inputs(mapping)
        asked = request.POST if request.method == "POST" else request.GET
        wanted = asked.get("input", "")
        chosen = next((one for one in inputs if one["id"] == wanted), inputs[0] if inputs else None)
        sheets = _sheets(mapping)
        sheet = next((one for one in sheets if str(one.pk) == asked.get("sheet")), None)
        sheet = sheet or (sheets[0] if sheets else None)
        steps = chosen["transforms"] if chosen else []
        if request.method == "POST" and chosen is not None:
            if not allowed(request, "edit_mapping"):
                return HttpResponse(status=403)
            kept = do(request, lambda: _keep(request, chosen), _("The transforms are kept."))
            if kept is not None:
                back = f"{request.path}?input={chosen['id']}&sheet={sheet.pk if sheet else ''}"
                return HttpResponseRedirect(back)
            steps = _typed(request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Transforms of %(name)s") % {"name": mapping.name},
            "object": mapping,
            "back": self.page_of(mapping),
            "inputs": inputs,
            "chosen": chosen,
            "sheets": sheets,
            "sheet": sheet,
            "may_keep": allowed(request, "edit_mapping"),
            "facts": {
                "transforms": list_transforms(),
                "steps": steps,
                "columns": sheet.column_names if sheet else [],
                "valueMaps": _value_maps(mapping),
            },
        }
        return TemplateResponse(request, "importer/mapping_transforms.html", context)


def _inputs(mapping: Mapping) -> list[dict[str, Any]]:
    """Each input of each field: ``{id, label, field, place, column, sql, transforms}``."""
    found = []
    for field in mapping.fields.all():
        inputs = inputs_of(field) if field.source != "constant" else []
        for place, one in enumerate(inputs):
            target = f"{field.target}@{field.lang}" if field.lang else field.target
            source = str(one.get("column") or one.get("sql") or "")
            found.append(
                {
                    "id": f"{field.pk}.{place}",
                    "label": f"{target} ← {source[:60]}",
                    "field": field,
                    "place": place,
                    "column": str(one.get("column") or ""),
                    "sql": str(one.get("sql") or ""),
                    "transforms": one.get("transforms") or [],
                }
            )
    return found


def _sheets(mapping: Mapping) -> list[Sheet]:
    """Sheets that can be tried; those of the mapping's usual name first."""
    ready = Sheet.objects.filter(project=mapping.project, dataset__state=DatasetState.READY)
    found = list(ready.select_related("dataset").order_by("-dataset__created_at")[:_SHEETS])
    return sorted(found, key=lambda one: one.name.lower() != mapping.sheet_name.lower())


def _value_maps(mapping: Mapping) -> list[str]:
    return list(ValueMap.objects.filter(project=mapping.project).values_list("name", flat=True))


def _typed(request: HttpRequest) -> list[Any]:
    """The steps as the page sends them."""
    try:
        steps = json.loads(request.POST.get("transforms") or "[]")
    except (ValueError, RecursionError) as error:
        raise Refused(f"The transforms are not JSON: {error}.") from error
    return steps if isinstance(steps, list) else [steps]


def _keep(request: HttpRequest, chosen: dict[str, Any]) -> FieldMapping:
    return keep_transforms(
        chosen["field"],
        by=user_of(request),
        transforms=_typed(request),
        place=chosen["place"],
        sql=request.POST.get("sql", "").strip(),
    )


def _tried(request: HttpRequest, mapping: Mapping) -> JsonResponse:
    """What the steps make of the chosen sheet's rows, or a sentence."""
    number = request.POST.get("sheet", "")
    sheets = Sheet.objects.filter(project=mapping.project, dataset__state=DatasetState.READY)
    found = sheets.filter(pk=number) if number.isdecimal() and len(number) < 19 else sheets.none()
    sheet = found.select_related("dataset").first()
    if sheet is None:
        return JsonResponse({"refused": str(_("Choose a sheet to try the transforms on."))})
    try:
        said = try_transforms(
            sheet,
            by=user_of(request),
            transforms=_typed(request),
            column=request.POST.get("column", ""),
            sql=request.POST.get("sql", ""),
        )
    except StowageError as refusal:
        return JsonResponse({"refused": str(refusal)})
    return JsonResponse(said)
