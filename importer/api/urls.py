"""The importer's part of /api/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from importer.api.connections import ConnectionViewSet
from importer.api.corrections import ReturnedWorkbookViewSet
from importer.api.datasets import DatasetViewSet
from importer.api.deltas import DeltaViewSet
from importer.api.jobs import JobViewSet
from importer.api.mappings import EntityViewSet, MappingViewSet, ValueMapViewSet
from importer.api.projects import ProjectViewSet
from importer.api.tokens import LogoutView, TokenView
from importer.api.transforms import TransformViewSet

router = SimpleRouter(trailing_slash=False)
router.register("projects", ProjectViewSet)
router.register("connections", ConnectionViewSet)
router.register("datasets", DatasetViewSet)
router.register("workbooks", ReturnedWorkbookViewSet)
router.register("entities", EntityViewSet)
router.register("mappings", MappingViewSet)
router.register("value-maps", ValueMapViewSet)
router.register("transforms", TransformViewSet, basename="transform")
router.register("deltas", DeltaViewSet, basename="delta")
router.register("jobs", JobViewSet)

urlpatterns = [
    path("auth/token", TokenView.as_view(), name="token"),
    path("auth/logout", LogoutView.as_view(), name="logout"),
    path("", include(router.urls)),
]
