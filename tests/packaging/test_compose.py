import json
import os
import re
import subprocess
import sys

import jsonschema
import pytest

from tests.packaging.reading import COMPOSE_SPEC, ROOT, compose, exec_form, instructions

SECRETS = [
    *("POSTGRES_PASSWORD", "SECRET_KEY", "DATABASE_PASSWORD"),
    "DATABASE_OWNER_PASSWORD",
]


def services():
    return compose()["services"]


def long_running():
    return {name: service for name, service in services().items() if service["restart"] != "no"}


@pytest.mark.skipif(not COMPOSE_SPEC.exists(), reason="shared/compose-spec.json is not beside this")
def test_the_compose_file_is_valid_against_the_compose_specification():
    schema = json.loads(COMPOSE_SPEC.read_text())

    errors = jsonschema.Draft7Validator(schema).iter_errors(compose())
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_postgresql_is_the_version_that_is_embedded():
    assert services()["db"]["image"] == "postgres:18"


def test_the_volume_of_postgresql_is_where_version_18_keeps_its_data():
    assert services()["db"]["volumes"] == ["db:/var/lib/postgresql"]
    assert "db" in compose()["volumes"]


def test_a_secret_has_no_default_and_compose_stops_without_it():
    for service in services().values():
        for name in SECRETS:
            value = service["environment"].get(name)
            assert value is None or re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value), (name, value)


def test_both_sides_of_the_database_connection_have_the_same_password():
    assert (
        services()["db"]["environment"]["POSTGRES_PASSWORD"]
        == services()["migrate"]["environment"]["DATABASE_OWNER_PASSWORD"]
    )
    assert (
        services()["web"]["environment"]["DATABASE_PASSWORD"]
        == services()["migrate"]["environment"]["DATABASE_PASSWORD"]
    )


def test_the_server_does_not_know_how_to_connect_as_the_owner_of_the_tables():
    given = services()["web"]["environment"]

    assert not {"DATABASE_OWNER_URL", "DATABASE_OWNER_PASSWORD"} & given.keys()
    assert "POSTGRES_PASSWORD" not in json.dumps(given)


def test_the_migrations_run_as_the_owner_and_the_server_as_another():
    owner = services()["db"]["environment"]["POSTGRES_USER"]

    assert f"//{owner}@" in services()["migrate"]["environment"]["DATABASE_OWNER_URL"]
    assert f"//{owner}@" not in services()["web"]["environment"]["DATABASE_URL"]


def test_the_password_is_not_inside_an_address_where_it_would_need_escaping():
    for name in ["migrate", "web"]:
        assert "$" not in services()[name]["environment"]["DATABASE_URL"]


def test_the_example_environment_holds_no_values():
    lines = (ROOT / ".env.example").read_text().splitlines()
    settings = [line.lstrip("#") for line in lines if re.match(r"#?[A-Z_]+=", line)]

    assert settings
    assert [line for line in settings if not line.endswith("=''")] == []


def test_the_example_environment_names_every_variable_of_the_compose_file():
    wanted = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))

    assert set(re.findall(r"(?m)^#?([A-Z_]+)=", (ROOT / ".env.example").read_text())) == wanted


def test_every_service_that_stays_up_has_a_health_check():
    for name, service in long_running().items():
        assert service["healthcheck"]["test"][0] == "CMD", name


def test_compose_checks_the_health_of_the_server_as_the_image_does():
    (in_image,) = instructions("HEALTHCHECK")

    assert services()["web"]["healthcheck"]["test"] == ["CMD", *exec_form(in_image)]


def test_every_service_runs_under_an_init_process():
    assert [name for name, service in services().items() if service["init"] is not True] == []


def test_the_server_waits_for_a_healthy_database_and_finished_migrations():
    assert services()["web"]["depends_on"] == {
        "db": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }


def test_migrations_wait_for_a_healthy_database():
    assert services()["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}


def test_a_migration_that_failed_is_not_tried_for_ever():
    assert services()["migrate"]["restart"] == "no"


def test_what_serves_is_started_again_after_a_crash():
    assert {name: s["restart"] for name, s in long_running().items()} == {
        "db": "unless-stopped",
        "web": "unless-stopped",
    }


def test_no_port_is_open_beyond_this_machine():
    ports = [port for service in services().values() for port in service.get("ports", [])]

    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_the_port_is_the_one_the_image_serves():
    (port,) = services()["web"]["ports"]

    assert [port.rsplit(":", 1)[1]] == instructions("EXPOSE")


def settings_database(**environment):
    """Return the database that settings read from an environment like that of the service."""
    script = (
        "import json\n"
        "from django.conf import settings\n"
        "wanted = ['HOST', 'PORT', 'NAME', 'USER', 'PASSWORD']\n"
        "print(json.dumps({key: settings.DATABASES['default'][key] for key in wanted}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "claimtracker.settings",
            "SECRET_KEY": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c",
            "ALLOWED_HOSTS": "claims.example.org",
            **environment,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "password", ["plain", "a/b@c:d?e#f", "100%", "%40", "blank and 'quote'", "пароль"]
)
def test_any_password_reaches_the_database_as_it_was_given(password):
    database = settings_database(
        DATABASE_URL=services()["web"]["environment"]["DATABASE_URL"], DATABASE_PASSWORD=password
    )

    assert database == {
        "HOST": "db",
        "PORT": "5432",
        "NAME": services()["db"]["environment"]["POSTGRES_DB"],
        "USER": "claimtracker_app",
        "PASSWORD": password,
    }
