from django.apps import AppConfig


class ClaimtrackerConfig(AppConfig):
    name = "claimtracker"

    def ready(self):
        from claimtracker.folding import register

        register()
