"""All addresses of the web process except live sockets and /healthz (see asgi)."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from django_rq.stats_views import stats_json
from django_rq.urls import get_admin_urlpatterns
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from config.admin_site import for_superusers

handler400 = "config.error_pages.bad_request"
handler403 = "config.error_pages.permission_denied"
handler404 = "config.error_pages.not_found"
handler500 = "config.error_pages.server_error"

queue_pages = [
    path("stats.json", for_superusers(stats_json), name="home_json"),
    *get_admin_urlpatterns(view_wrapper=for_superusers),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("favicon.ico", RedirectView.as_view(url=static("stowage/favicon.svg"))),
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/queues/", include((queue_pages, "django_rq"))),
    path("admin/", admin.site.urls),
    path("api/", include("importer.api.urls")),
    path("api/", include("graphs.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("i18n/", include("django.conf.urls.i18n")),
]
