"""The graphs' part of /api/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from graphs.api.explaining import ExplainView
from graphs.api.graphs import GraphViewSet
from graphs.api.rehearsals import RehearsalViewSet
from graphs.api.runs import RunViewSet

router = SimpleRouter(trailing_slash=False)
router.register("graphs", GraphViewSet)
router.register("runs", RunViewSet)
router.register("rehearsals", RehearsalViewSet)

progress = RunViewSet.as_view({"get": "progress"})

urlpatterns = [
    path("graph-runs/<uuid:pk>/progress", progress, name="graph-run-progress"),
    path("explain", ExplainView.as_view(), name="explain"),
    path("", include(router.urls)),
]
