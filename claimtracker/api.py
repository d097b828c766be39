"""The addresses of the API."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import DefaultRouter

from claims.api import positions
from claims.api.views import (
    ClaimViewSet,
    RelationViewSet,
    StatementViewSet,
    TopicViewSet,
)
from claimtracker.rest.views import NothingHere, RootView
from sources.api.views import AffiliationViewSet, DocumentViewSet, SourceViewSet

router = DefaultRouter()
router.APIRootView = RootView
router.include_format_suffixes = False
router.register("sources", SourceViewSet)
router.register("affiliations", AffiliationViewSet)
router.register("documents", DocumentViewSet)
router.register("topics", TopicViewSet)
router.register("claims", ClaimViewSet)
router.register("statements", StatementViewSet)
router.register("relations", RelationViewSet)

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(), name="docs"),
    path(
        "claims/<slug:slug>/positions/", positions.ClaimPositions.as_view(), name="claim-positions"
    ),
    path("claims/<slug:slug>/timeline/", positions.ClaimTimeline.as_view(), name="claim-timeline"),
    # Here, as sources know nothing of claims.
    path(
        "sources/<slug:slug>/positions/",
        positions.SourcePositions.as_view(),
        name="source-positions",
    ),
    path("sources/<slug:slug>/agreement/", positions.Agreement.as_view(), name="source-agreement"),
    path("flips/", positions.Flips.as_view(), name="flips"),
    path("matrix/", positions.Matrix.as_view(), name="matrix"),
    path("", include(router.urls)),
    # With the slash, so that an address that only lacks it is still sent on.
    re_path(r"^[\s\S]*/\Z", NothingHere.as_view()),
]
