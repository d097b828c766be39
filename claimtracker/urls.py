from django.contrib import admin
from django.urls import include, path

from claims.pages.home import start
from claimtracker.health import healthz

urlpatterns = [
    # First, as it is asked most, and the others have many addresses to look through.
    path("api/v1/", include("claimtracker.api")),
    path("", start, name="start"),
    path("", include("claims.pages.urls")),
    path("admin/", admin.site.urls),
    path("account/", include("claimtracker.accounts.urls")),
    # Logging in and out of the browsable API.
    path("api-auth/", include("rest_framework.urls")),
    path("healthz", healthz),
]

handler400 = "claimtracker.rest.problems.bad_request"
handler403 = "claimtracker.rest.problems.permission_denied"
handler404 = "claimtracker.rest.problems.page_not_found"
handler500 = "claimtracker.rest.problems.server_error"
