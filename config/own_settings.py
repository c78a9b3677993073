"""The page on which a user chooses time zone and language."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from importer.models import User


class OwnSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a page needs to speak to its user."""

    time_zone = forms.ChoiceField(label=_("Time zone"), widget=UnfoldAdminSelectWidget())
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        widget=UnfoldAdminSelectWidget(),
        help_text=_("Of the parts that are translated; the others stay in English."),
    )

    class Meta:
        model = User
        fields = ("time_zone", "language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = self.fields["time_zone"]
        assert isinstance(zones, forms.ChoiceField)
        zones.choices = [(zone, zone) for zone in sorted(available_timezones())]


def own_settings(request: HttpRequest) -> HttpResponse:
    """Show the form; keep what was chosen."""
    assert isinstance(request.user, User)
    is_posted = request.method == "POST"
    form = OwnSettingsForm(request.POST if is_posted else None, instance=request.user)
    if is_posted and form.is_valid():
        form.save()
        messages.success(request, _("Kept. Pages show your time from now on."))
        return HttpResponseRedirect(reverse("admin:own_settings"))
    context = {
        **admin.site.each_context(request),
        "title": _("Zone and language"),
        "form": form,
        "button": _("Keep"),
    }
    return TemplateResponse(request, "importer/form_page.html", context)
