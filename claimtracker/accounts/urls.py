from django.urls import path

from claimtracker.accounts import views

urlpatterns = [
    path("", views.account, name="account"),
    path("password/", views.NewPassword.as_view(), name="account-password"),
    path("tokens/", views.new_token, name="account-new-token"),
    path("tokens/<int:pk>/revoke/", views.revoke_token, name="account-revoke-token"),
    path("sign-out-everywhere/", views.everywhere, name="account-sign-out-everywhere"),
]
