import os
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Run the whole test suite by pytest; all arguments are pytest's."
    requires_system_checks = []

    def run_from_argv(self, argv):
        arguments = pytest_arguments(argv[2:])
        os.chdir(settings.BASE_DIR)
        # In a fresh Python: what Django has imported by now, pytest could no longer rewrite.
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *arguments])


def pytest_arguments(arguments: list[str]) -> list[str]:
    """Return pytest's arguments: all cores are used unless there is a reason not to.

    Each worker has a half, or its share, of the tests in their order, so that what a module sets
    up is set up once; one that is done takes over from the others.
    """
    says_otherwise = any(
        word.startswith(
            ("-n", "--numprocesses", "-p", "--pdb", "--trace", "--collect-only", "--co")
        )
        or word in {"-h", "--help", "--version", "-V"}
        or "::" in word
        or Path(word.partition("::")[0]).suffix == ".py"
        for word in arguments
    )
    return list(arguments) if says_otherwise else ["-n", "auto", "--dist", "worksteal", *arguments]
