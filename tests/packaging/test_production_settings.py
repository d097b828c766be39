import os
import subprocess
import sys

import pytest

from tests.packaging.reading import ROOT

GOOD_KEY = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c"


def load_settings(**environment):
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from django.conf import settings; print('DEBUG is', settings.DEBUG)",
        ],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "claimtracker.settings",
            "DATABASE_URL": "postgres://claimtracker@db:5432/claimtracker",
            "ALLOWED_HOSTS": "claims.example.org",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_settings_load_with_a_long_random_key():
    done = load_settings(SECRET_KEY=GOOD_KEY)

    assert done.returncode == 0, done.stderr


def test_production_settings_do_not_debug_unless_told_to():
    assert load_settings(SECRET_KEY=GOOD_KEY).stdout == "DEBUG is False\n"


@pytest.mark.parametrize(
    "key",
    [
        None,
        "",
        "change-me",
        "change-me-change-me-change-me-change-me",
        "secret",
        "django-insecure-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c",
        GOOD_KEY[:31],
        "your-secret-key-here-0123456789abcdefghijk",
        "insecure-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c",
        "todo-fill-in-a-long-random-string-9f86d081",
        "<output of openssl rand -hex 32 goes here>",
        'set SECRET_KEY, for instance to what "openssl rand -hex 32" says',
        "0123456789abcdefghijklmnopqrstuvwxyz",
    ],
)
def test_production_settings_refuse_a_key_that_is_missing_or_known_or_short(key):
    done = load_settings(**({} if key is None else {"SECRET_KEY": key}))

    assert done.returncode != 0
    assert "ImproperlyConfigured" in done.stderr
    assert "SECRET_KEY" in done.stderr.splitlines()[-1]


def test_the_refusal_does_not_print_the_key():
    done = load_settings(SECRET_KEY="hunter2-hunter2")

    assert done.returncode != 0
    assert "hunter2" not in done.stdout + done.stderr


@pytest.mark.parametrize("rate", ["600/min", "5/s", "off", "OFF", ""])
def test_a_rate_is_a_number_a_time_or_off(rate):
    assert load_settings(SECRET_KEY=GOOD_KEY, ANONYMOUS_RATE=rate).returncode == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ANONYMOUS_RATE", "600"),
        ("ACCOUNT_RATE", "0/min"),
        ("ACCOUNT_RATE", "many/min"),
        ("STATEMENT_TIMEOUT", "30s"),
        ("STATEMENT_TIMEOUT", "-1"),
    ],
)
def test_a_rate_or_a_time_that_cannot_be_read_is_refused_by_its_name(name, value):
    done = load_settings(SECRET_KEY=GOOD_KEY, **{name: value})

    assert done.returncode != 0
    assert name in done.stderr.splitlines()[-1]
