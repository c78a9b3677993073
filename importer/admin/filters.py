"""Filters of the lists that know of no other project's rows."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from importer.admin.scoping import project_of


class OwnRowsFilter(admin.RelatedFieldListFilter):
    """A filter by a related row; its choices are the current project's."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[str, Any]]:
        ordering = self.field_admin_ordering(field, request, model_admin)
        mine = {"project": project_of(request)}
        choices: list[tuple[str, Any]] = field.get_choices(
            include_blank=False, ordering=ordering, limit_choices_to=mine
        )
        return choices
