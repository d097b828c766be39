"""Real starts of manage.py, in small projects whose only package is made here: quick, offline."""

import ast
import base64
import hashlib
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from claimtracker import bootstrap
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
LONG_NAME = "a folder with blanks, and long enough to make ninety characters of path " + "x" * 20
ANSWERS = """
import json, os, sys
def execute_from_command_line(argv):
    print(json.dumps({"prefix": sys.prefix, "pid": os.getpid(), "arguments": argv[1:],
                      "file": __file__, "pythonpath": os.environ.get("PYTHONPATH")}))
def main():
    print("the script runs in", sys.prefix)
"""


def make_wheel(folder, version="5.2.19"):
    """Make a wheel that stands for Django: it only says where it runs."""
    wheel = folder / f"django-{version}-py3-none-any.whl"
    info = f"django-{version}.dist-info"
    files = {
        "django/__init__.py": "",
        "django/core/__init__.py": "",
        "django/core/management.py": ANSWERS,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: django\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nspeak = django.core.management:main\n",
    }
    lines = []
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)  # the same bytes each time
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
            lines.append(f"{name},sha256={digest.decode()},{len(text)}\n")
        archive.writestr(zipfile.ZipInfo(f"{info}/RECORD"), "".join(lines) + f"{info}/RECORD,,\n")
    return f"django=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


class Project:
    def __init__(self, folder, environment, python):
        self.folder = folder
        self.venv = folder / ".venv"
        self.python = python
        self.wheels = folder / "wheels"
        self.environment = environment | {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": "wheels",
        }

    def make(self):
        self.wheels.mkdir(parents=True)
        (self.folder / "claimtracker").mkdir()
        (self.folder / "claimtracker/__init__.py").touch()
        for name in ("manage.py", "claimtracker/bootstrap.py", "claimtracker/embedded_postgres.py"):
            shutil.copy(ROOT / name, self.folder / name)
        self.require(make_wheel(self.wheels))
        return self

    def require(self, text, *names):
        for name in names or bootstrap.LISTS:
            (self.folder / name).write_text(text)

    def launch(self, *arguments, python=None, user=None, **environment):
        return subprocess.Popen(
            [python or self.python, "manage.py", *(arguments or ["version"])],
            cwd=self.folder,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            user=user,
        )

    def start(self, *arguments, **options):
        return finish(self.launch(*arguments, **options))

    def leftovers(self):
        return [path.name for path in self.folder.glob(".venv?*")]


def finish(process):
    out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def answer(result):
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def assert_one_line(result, *words):
    assert result.returncode != 0
    lines = [line for line in result.stderr.splitlines() if not line.startswith("Making .venv")]
    assert len(lines) == 1, result.stderr
    assert not result.stdout
    for word in words:
        assert word in lines[0]


@pytest.fixture
def project(place, clean_environment, bare_python):
    return Project(place / "project", clean_environment, bare_python).make()


@pytest.fixture(scope="module")
def made(tmp_path_factory, clean_environment, bare_python):
    """A project whose environment is there, in a long path with blanks."""
    folder = tmp_path_factory.mktemp("made") / LONG_NAME
    project = Project(folder, clean_environment, bare_python).make()
    assert answer(project.start("test"))["prefix"] == str(project.venv)
    # From here on it has to do without.
    shutil.rmtree(project.wheels)
    return project


def test_second_start_needs_no_packages_and_says_nothing(made):
    result = made.start("version", "--verbose")

    assert answer(result)["arguments"] == ["version", "--verbose"]
    assert result.stderr == ""
    assert made.leftovers() == []


def test_environment_is_entered_under_the_same_process_id(made):
    process = made.launch()

    assert answer(finish(process))["pid"] == process.pid


def test_scripts_run_in_a_long_path_with_blanks(made):
    said = subprocess.check_output([made.venv / "bin/speak"], text=True)

    assert said.strip() == f"the script runs in {made.venv}"


def test_another_django_on_pythonpath_does_no_harm(made, tmp_path):
    for name in ("django", "json", "subprocess"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('the wrong one')")
    (tmp_path / "sitecustomize.py").write_text("import os")

    for python in (made.python, str(made.venv / "bin/python")):
        said = answer(made.start(python=python, PYTHONPATH=str(tmp_path), PYTHONHOME=""))

        assert said["file"].startswith(str(made.venv))
        assert said["pythonpath"] is None


def test_python_that_has_the_pins_makes_no_environment(made, project):
    said = answer(project.start(python=str(made.venv / "bin/python")))

    assert said["prefix"] == str(made.venv)
    assert not project.venv.exists()


def test_moved_project_keeps_its_environment(made, tmp_path, clean_environment, bare_python):
    shutil.copytree(made.folder, tmp_path / "moved", symlinks=True)
    moved = Project(tmp_path / "moved", clean_environment, bare_python)

    assert answer(moved.start())["prefix"] == str(moved.venv)
    said = subprocess.check_output([moved.venv / "bin/speak"], text=True)
    assert said.strip() == f"the script runs in {moved.venv}"


def test_demo_with_database_url_is_refused_before_anything_is_touched(project):
    before = sorted(project.folder.rglob("*"))

    result = project.start("demo", DATABASE_URL="postgresql://u@h/n", PYTHONDONTWRITEBYTECODE="1")

    assert_one_line(result, "DATABASE_URL", "Unset")
    assert sorted(project.folder.rglob("*")) == before


def test_changed_requirements_make_a_new_environment_with_the_test_tools_kept(project, made):
    shutil.copytree(made.venv, project.venv, symlinks=True)
    assert (project.start("test")).stderr == ""
    new = make_wheel(project.wheels, "5.2.20")
    project.require(new)

    assert answer(project.start())["prefix"] == str(project.venv)

    assert list(project.venv.glob("lib/*/site-packages/django-5.2.20.dist-info"))
    stamp = json.loads((project.venv / bootstrap.STAMP).read_text())
    assert "requirements-dev.txt" in stamp["lists"]
    assert project.leftovers() == []


def test_two_starts_at_once_share_one_set_up(project):
    results = [finish(process) for process in [project.launch(), project.launch()]]

    assert {answer(result)["prefix"] for result in results} == {str(project.venv)}
    said = "".join(result.stderr for result in results)
    assert said.count("Making .venv") == 1
    assert said.count("waiting for it") == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_interrupted_set_up_leaves_no_half_made_environment(project, number):
    process = project.launch()
    wait_until(lambda: list(project.folder.glob(".venv.new-*/bin/python")))

    process.send_signal(number)
    stopped = finish(process)

    assert stopped.returncode == {signal.SIGKILL: -signal.SIGKILL}.get(number, 130)
    assert "Traceback" not in stopped.stderr
    assert not project.venv.exists()
    if number != signal.SIGKILL:
        assert project.leftovers() == []
    else:
        assert answer(project.start())["prefix"] == str(project.venv)
        assert project.leftovers() == []


def test_environment_swapped_halfway_is_put_in_its_place(made, tmp_path, clean_environment):
    shutil.copytree(made.folder, tmp_path / "project", symlinks=True)
    project = Project(tmp_path / "project", clean_environment, made.python)
    project.venv.rename(project.folder / ".venv.new-1")

    assert answer(project.start())["prefix"] == str(project.venv)
    assert project.leftovers() == []


def test_missing_network_is_one_line_and_leaves_nothing(project):
    nowhere = "http://127.0.0.1:9/"  # the port that discards

    result = project.start(
        PIP_NO_INDEX="0", PIP_INDEX_URL=nowhere, PIP_FIND_LINKS="", PIP_RETRIES="1"
    )

    assert_one_line(result, "Could not make .venv", "is there a network?", "setup.log")
    assert not project.venv.exists()
    assert project.leftovers() == []


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM …\n", "its hash differs"),
        ("OSError: [Errno 28] No space left on device\n", "no space is left on the disk"),
        ("ERROR: Could not find it\nERROR: No match for django\n", "No match for django"),
        ("something else\nthe last of it\n", "the last of it"),
        ("", "no output"),
    ],
)
def test_failure_of_pip_is_told_in_one_line(tmp_path, said, line):
    log = tmp_path / "setup.log"
    log.write_text(said)

    summary = bootstrap._summarise(str(log))

    assert line in summary
    assert "\n" not in summary


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_missing_venv_module_is_one_line_that_names_the_package(project, module):
    # As Debian has it without python3-venv.
    script = f"""if True:
        import runpy, sys
        from importlib import util
        find = util.find_spec
        util.find_spec = lambda name, *more: None if name == {module!r} else find(name, *more)
        sys.argv = ["manage.py", "version"]
        runpy.run_path("manage.py", run_name="__main__")
    """
    result = subprocess.run(
        [project.python, "-c", script],
        cwd=project.folder,
        env=project.environment,
        capture_output=True,
        text=True,
    )

    assert_one_line(result, "apt install python3-venv")


def test_unwritable_folder_is_one_line(project):
    user, python = None, project.python
    if os.geteuid() == 0:  # root may write anywhere, so be somebody else
        user, python = pwd.getpwnam("nobody").pw_uid, reachable_python(project.python)
    else:
        project.folder.chmod(0o555)

    assert_one_line(project.start(python=python, user=user), "Cannot write in", "Permission denied")


def reachable_python(python):
    """Return a Python that the user nobody can run: root's may be in root's home."""
    nobody = pwd.getpwnam("nobody").pw_uid
    for candidate in (python, "/usr/bin/python3", "/usr/local/bin/python3"):
        try:
            check = "import sys; sys.exit(sys.version_info < (3, 11))"
            subprocess.run([candidate, "-c", check], user=nobody, check=True, cwd="/")
        except (OSError, subprocess.CalledProcessError):
            continue
        return candidate
    pytest.skip("no Python 3.11 that an ordinary user can run")


def test_old_python_is_told_in_one_line(project):
    script = f"""if True:
        import runpy, sys
        sys.version_info = (3, 9, 2, "final", 0)
        sys.argv = ["manage.py", "demo"]
        sys.path.insert(0, {str(project.folder)!r})
        runpy.run_path("manage.py", run_name="__main__")
    """
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=project.folder,
        env=project.environment,
        capture_output=True,
        text=True,
    )

    assert_one_line(result, "needs Python 3.11 or newer", "3.9")


@pytest.mark.parametrize("name", ["manage.py", "claimtracker/bootstrap.py"])
def test_old_python_can_read_what_tells_it(name):
    tree = ast.parse((ROOT / name).read_text(), feature_version=(3, 5))

    # Python 2 has none of these either.
    for node in ast.walk(tree):
        assert not isinstance(node, (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal))
        assert not isinstance(node, ast.Raise) or node.cause is None
        assert not isinstance(node, ast.FunctionDef) or not (
            node.args.kwonlyargs or node.returns or any(arg.annotation for arg in node.args.args)
        )


@pytest.mark.parametrize(
    ("marker", "applies"),
    [
        ("", True),
        ("implementation_name != 'pypy'", True),
        ("sys_platform == 'win32'", False),
        ("python_version < '3.9'", False),
        ("python_full_version >= '3.11.0' and os_name == 'posix'", True),
        ("a name that nobody knows == 'x'", True),
    ],
)
def test_marker_decides_whether_a_pin_counts(marker, applies):
    assert bootstrap._applies(marker) is applies


def test_every_pin_of_the_lists_is_read():
    for name in bootstrap.LISTS:
        pins = [pin for pin, _version, _marker in bootstrap._pins(ROOT / name)]

        assert pins == re.findall(r"^([\w.-]+)==", (ROOT / name).read_text(), re.MULTILINE)
