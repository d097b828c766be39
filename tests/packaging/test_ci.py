import os
import shutil
import subprocess
import sys

import pytest

from tests.packaging.reading import ROOT

CHECKS = {
    "python3 manage.py test": "manage.py test",
    "ruff check": "-m ruff check .",
    "ruff format --check": "-m ruff format --check .",
    "makemigrations --check --dry-run": "manage.py makemigrations --check --dry-run",
    "check --deploy": "manage.py check --deploy",
    "mypy": "-m mypy",
}


# A Python that only writes down what it is asked; asked for the suite, it reports as pytest would.
STUB = """#!/bin/sh
echo "$*" >> calls
case "$*" in *"{failing}"*) exit 1;; esac
for option in $PYTEST_ADDOPTS; do
    case "$option" in --junitxml=*) printf "{report}" > "${{option#*=}}";; esac
done
"""


def run_ci(folder, failing="nothing", report="<testsuites/>"):
    """Run .ci/run with a Python that does nothing, and fails at one thing."""
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", folder / ".ci" / "run")
    for path in [folder / "bin" / "python3", folder / ".venv" / "bin" / "python"]:
        path.parent.mkdir(parents=True)
        path.write_text(STUB.format(failing=failing, report=report))
        path.chmod(0o755)
    done = subprocess.run(
        ["bash", folder / ".ci" / "run"],
        # Without CI nothing is installed.
        env={"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done, (folder / "calls").read_text()


def test_the_ci_script_is_executable():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_make_check_is_what_ci_runs():
    assert "\n\t.ci/run\n" in (ROOT / "Makefile").read_text()


def test_ci_passes_when_every_check_passes(tmp_path):
    done, calls = run_ci(tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert [command for command in CHECKS.values() if command not in calls] == []


@pytest.mark.parametrize("name", CHECKS)
def test_one_failed_check_fails_ci_after_all_others_have_run(tmp_path, name):
    done, calls = run_ci(tmp_path, failing=CHECKS[name])

    assert done.returncode != 0
    assert done.stdout.splitlines()[-1] == f"failed: {name}"
    assert [command for command in CHECKS.values() if command not in calls] == []


def test_ci_fails_when_something_other_than_pytest_was_the_suite(tmp_path):
    done, _ = run_ci(tmp_path, report="")

    assert done.returncode != 0
    assert "pytest did not run" in done.stdout


def run_check(folder, *command):
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name in ["claimtracker", "sources"]:
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "__init__.py").touch()
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "edge",
    [
        "claims/actions.py",
        "claims/exchange/bundle.py",
        "claims/positions/ledger.py",
        "claimtracker/embedded_postgres.py",
        "sources/actions.py",
    ],
)
def test_mypy_refuses_an_edge_without_types(tmp_path, edge):
    path = tmp_path / edge
    path.parent.mkdir(parents=True)
    for folder in [path.parent, tmp_path / "claims"]:
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
    path.write_text("def merge(one, other):\n    return one\n")
    done = run_check(tmp_path, "mypy")

    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{edge}:1: error: Function is missing a type annotation" in done.stdout


def test_mypy_leaves_alone_what_is_no_edge(tmp_path):
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "__init__.py").touch()
    (tmp_path / "claims" / "models.py").write_text("def merge(one, other):\n    return 1 + ''\n")
    done = run_check(tmp_path, "mypy")

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("command", [["check", "."], ["format", "--check", "."]])
def test_ruff_refuses_a_file_that_is_not_right(tmp_path, command):
    (tmp_path / "untidy.py").write_text("import os, sys\nx = { 'a':1 }\n")
    done = run_check(tmp_path, "ruff", *command)

    assert done.returncode == 1, done.stdout + done.stderr
