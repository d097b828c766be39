"""The addresses of the API."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from claims.api import atom, changes, exports, positions
from claims.api.search import Search
from claims.api.views import (
    ClaimViewSet,
    RelationViewSet,
    StatementViewSet,
    TopicViewSet,
)
from claimtracker.rest.description import DocsView, SchemaView
from claimtracker.rest.views import NothingHere, RootView
from sources.api.views import AffiliationViewSet, DocumentViewSet, SourceViewSet

router = SimpleRouter()
router.register("sources", SourceViewSet)
router.register("affiliations", AffiliationViewSet)
router.register("documents", DocumentViewSet)
router.register("topics", TopicViewSet)
router.register("claims", ClaimViewSet)
router.register("statements", StatementViewSet)
router.register("relations", RelationViewSet)

beside_the_lists = [
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
    path("search/", Search.as_view(), name="search"),
    path("changes/", changes.Changes.as_view(), name="changes"),
    path("feed.atom", atom.AllChanges.as_view(), name="feed"),
    path("claims/<slug:slug>/feed.atom", atom.ClaimFeed.as_view(), name="claim-feed"),
    path("sources/<slug:slug>/feed.atom", atom.SourceFeed.as_view(), name="source-feed"),
    path("topics/<slug:slug>/feed.atom", atom.TopicFeed.as_view(), name="topic-feed"),
    path("exports/statements.csv", exports.StatementsCSV.as_view(), name="export-csv"),
    path("exports/statements.jsonl", exports.StatementsJSONL.as_view(), name="export-jsonl"),
    path("exports/statements.parquet", exports.StatementsParquet.as_view(), name="export-parquet"),
    path("exports/bundle.zip", exports.BundleExport.as_view(), name="export-bundle"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
]
# Every address at which something is without a slug.
named = {prefix: f"{basename}-list" for prefix, _, basename in router.registry}
named |= {
    str(each.pattern).strip("/"): each.name
    for each in beside_the_lists
    if "<" not in str(each.pattern)
}

urlpatterns = [
    path("", RootView.as_view(api_root_dict=named), name="api-root"),
    *beside_the_lists,
    path("", include(router.urls)),
    # With the slash, so that an address that only lacks it is still sent on.
    re_path(r"^[\s\S]*/\Z", NothingHere.as_view()),
    # Files and feeds have none.
    re_path(r"^(?P<file>[\s\S]+[.](?:atom|csv|jsonl|parquet|zip))\Z", NothingHere.as_view()),
]
