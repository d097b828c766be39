"""What the Dockerfile says, done here: no container engine is needed to see whether it works.

A fresh virtual environment stands for the image's Python, an empty folder for its /app.
"""

import contextlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from urllib.parse import quote, urlencode

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from tests.packaging.reading import (
    ROOT,
    compose,
    dockerfile,
    exec_form,
    image_environment,
    instructions,
)
from tests.waiting import LONG, wait_until

PUBLIC_NAME = "claims.example.org"
# Making a user, and installing packages of the system, would change the machine the tests run on.
INSTALLS = re.compile(r"apt-get\b.*", re.DOTALL)
MAKES_A_USER = re.compile(r"useradd\b[^;&|]*")


def copy_into(folder, arguments):
    *sources, target = shlex.split(arguments)
    for source in sources:
        if (ROOT / source).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.py[co]")
            shutil.copytree(ROOT / source, folder / target, ignore=ignored)
        else:
            shutil.copy(ROOT / source, folder / target)


class Image:
    """The folder that the Dockerfile's commands made, and the environment it is run in."""

    def __init__(self, folder, python):
        self.folder = folder
        self.environment = {
            **image_environment(),
            "PATH": f"{python / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "HOME": "/nonexistent",
        }

    def build(self):
        # How this machine reaches its package registry; the image's own settings come first.
        reach = {
            name: value
            for name, value in os.environ.items()
            if name.startswith("PIP_") or name.lower().endswith("_proxy")
        }
        for instruction, rest in dockerfile():
            if instruction == "COPY":
                copy_into(self.folder, rest)
            elif instruction == "RUN" and not (
                MAKES_A_USER.fullmatch(rest) or INSTALLS.fullmatch(rest)
            ):
                environment = {**reach, **self.environment}
                done = subprocess.run(
                    ["sh", "-c", rest],
                    cwd=self.folder,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    check=False,
                )
                assert done.returncode == 0, f"RUN {rest}\n{done.stdout}"
        self.built = self.files()

    def files(self):
        return {path.relative_to(self.folder) for path in self.folder.rglob("*")}

    def run(self, command, environment):
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    @contextlib.contextmanager
    def serve(self, environment, log):
        """Run the image's CMD until the block ends."""
        (command,) = instructions("CMD")
        with log.open("w") as output:
            server = subprocess.Popen(
                exec_form(command),
                cwd=self.folder,
                env={**self.environment, **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                yield server
            finally:
                # The group outlives its first process when the workers hang.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(server.pid, signal.SIGKILL)
                server.wait()


class Server:
    """What answers at the image's port, asked as a proxy that ends TLS would ask."""

    def __init__(self, process, environment, log):
        self.process = process
        self.environment = environment
        self.log = log

    def get(self, path):
        """Return the status and the text of an answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.environment['GRANIAN_PORT']}{path}",
            headers={"Host": PUBLIC_NAME, "X-Forwarded-Proto": "https"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=20) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def wait_until(self, status):
        """Wait until /healthz answers with this status."""
        until = time.monotonic() + LONG
        answer = None
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(OSError):
                answer = self.get("/healthz")
                if answer[0] == status:
                    return answer
            time.sleep(0.2)
        raise AssertionError(
            f"/healthz did not answer {status} but {answer}\n{self.log.read_text()}"
        )


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    python = tmp_path_factory.mktemp("python")
    subprocess.run([sys.executable, "-m", "venv", python], check=True)
    image = Image(tmp_path_factory.mktemp("app"), python)
    image.build()
    return image


@pytest.fixture(scope="module")
def administrator(django_db_setup, django_db_blocker):
    """A connection that may create databases, on the PostgreSQL that all tests use."""
    with django_db_blocker.unblock():
        parameters = connection.get_connection_params()
    wanted = ["host", "port", "user", "password", "dbname"]
    with psycopg.connect(
        **{key: parameters[key] for key in wanted if key in parameters}, autocommit=True
    ) as opened:
        yield opened


@pytest.fixture(scope="module")
def service(administrator):
    """The environment of the service as docker-compose.yml has it, and an empty database for it."""
    info = administrator.info
    name = f"packaging_{os.getpid()}"
    identifier = sql.Identifier(name)
    administrator.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
    where = urlencode({"host": info.host, "port": info.port})
    yield {
        "DATABASE_URL": f"postgres://{quote(info.user)}@/{name}?{where}",
        "DATABASE_PASSWORD": info.password,
        "SECRET_KEY": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c",
        "ALLOWED_HOSTS": PUBLIC_NAME,
        "CSRF_TRUSTED_ORIGINS": f"https://{PUBLIC_NAME}",
        "BEHIND_TLS_PROXY": "1",
        "GRANIAN_HOST": "127.0.0.1",
        "GRANIAN_PORT": free_port(),
    }
    administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


@pytest.fixture(scope="module")
def migrated(image, service):
    return image.run(compose()["services"]["migrate"]["command"], service)


@pytest.fixture(scope="module")
def server(image, service, migrated, tmp_path_factory):
    log = tmp_path_factory.mktemp("server") / "log"
    with image.serve(service, log) as process:
        server = Server(process, service, log)
        server.wait_until(200)
        yield server


def check_health(image, environment):
    (command,) = instructions("HEALTHCHECK")
    return image.run(exec_form(command), environment)


# What the Dockerfile says.


def test_the_image_has_the_python_that_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (base,) = instructions("FROM")

    assert (
        f">={re.fullmatch(r'python:(3[.][0-9]+)-slim-bookworm', base)[1]}"
        == (project["requires-python"])
    )


def test_the_server_runs_as_a_user_of_its_own():
    (user,) = instructions("USER")
    made = [rest for rest in instructions("RUN") if MAKES_A_USER.fullmatch(rest)]

    assert [rest.split()[-1] for rest in made] == [user]
    last_words = [word for word, _ in dockerfile()]
    assert "COPY" not in last_words[last_words.index("USER") :]


def test_the_image_installs_only_what_has_the_hash_we_know():
    installs = [rest for rest in instructions("RUN") if "pip install" in rest]

    assert installs
    assert [rest for rest in installs if "--require-hashes" not in rest] == []


def test_no_secret_stays_in_the_image():
    assert [
        name for name in image_environment() if re.search("SECRET|PASSWORD|KEY|URL", name)
    ] == []
    assert instructions("ARG") == []


def test_everything_that_is_copied_is_sent_to_the_build():
    sent = (ROOT / ".dockerignore").read_text().splitlines()
    copied = {name for rest in instructions("COPY") for name in shlex.split(rest)[:-1]}

    assert {f"!{name}" for name in copied} == {line for line in sent if line.startswith("!")}


# What its commands do.


@pytest.mark.slow
def test_the_commands_of_the_image_collect_the_static_files(image):
    assert (image.folder / "staticfiles" / "staticfiles.json").exists()
    assert (image.folder / "staticfiles" / "admin" / "css" / "base.css").exists()


@pytest.mark.slow
def test_manage_py_uses_the_python_of_the_image(image):
    assert not (image.folder / ".venv").exists()
    assert not (image.folder / "var").exists()


@pytest.mark.slow
def test_the_migrations_of_the_compose_file_run_on_an_empty_database(migrated):
    assert migrated.returncode == 0, migrated.stdout


@pytest.mark.slow
def test_the_image_serves_and_is_well(server):
    assert server.get("/healthz") == (200, "ok\n")


@pytest.mark.slow
def test_the_image_serves_the_login_page_with_its_style(server):
    status, page = server.get("/admin/login/?next=/admin/")
    stylesheet = re.search(r'href="(/static/admin/css/base[.][0-9a-f]+[.]css)"', page)

    assert status == 200
    assert server.get(stylesheet[1])[0] == 200


@pytest.mark.slow
def test_the_health_check_passes_under_a_public_name_behind_tls(image, server):
    done = check_health(image, server.environment)

    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_the_health_check_fails_where_nothing_serves(image, service):
    assert check_health(image, {**service, "GRANIAN_PORT": free_port()}).returncode == 1


@pytest.mark.slow
def test_serving_writes_nothing_into_the_image(image, server):
    # Its file system is read-only under compose.
    server.get("/admin/login/")
    check_health(image, server.environment)

    assert image.files() == image.built


@pytest.mark.slow
def test_a_lost_database_is_seen_and_found_again(image, server, administrator):
    name = server.environment["DATABASE_URL"].rsplit("/", 1)[1].split("?")[0]
    allow = "UPDATE pg_database SET datallowconn = %s WHERE datname = %s"
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    try:
        administrator.execute(allow, [False, name])
        administrator.execute(cut, [name])

        assert server.wait_until(503) == (503, "unavailable\n")
        assert check_health(image, server.environment).returncode == 1
    finally:
        administrator.execute(allow, [True, name])

    server.wait_until(200)


@pytest.mark.slow
def test_the_server_stops_when_it_is_told_to(image, service, migrated, tmp_path):
    environment = {**service, "GRANIAN_PORT": free_port()}
    with image.serve(environment, tmp_path / "log") as process:
        Server(process, environment, tmp_path / "log").wait_until(200)
        process.terminate()

        assert process.wait(timeout=LONG) == 0


@pytest.mark.slow
def test_the_server_stops_also_while_its_workers_still_load(image, service, tmp_path):
    # They miss the order then, for ever.
    log = tmp_path / "log"
    with image.serve({**service, "GRANIAN_PORT": free_port()}, log) as process:
        wait_until(lambda: "Spawning worker-2" in log.read_text())
        process.terminate()

        assert process.wait(timeout=LONG) == 0
