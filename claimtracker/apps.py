from django.apps import AppConfig


class ClaimtrackerConfig(AppConfig):
    name = "claimtracker"
