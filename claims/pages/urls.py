from django.urls import path

from claims.pages import claim, document, search, source, statement, topic

urlpatterns = [
    path("claims/<slug:slug>/", claim.claim, name="page-claim"),
    path("sources/<slug:slug>/", source.source, name="page-source"),
    path("sources/<slug:slug>/agreement/", source.agreement, name="page-source-agreement"),
    path("documents/<slug:slug>/", document.document, name="page-document"),
    path("statements/<slug:slug>/", statement.statement, name="page-statement"),
    path("topics/<slug:slug>/", topic.topic, name="page-topic"),
    path("disputes/", topic.disputes, name="page-disputes"),
    path("search/", search.search, name="page-search"),
]
