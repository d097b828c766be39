"""What the packaging tests read: the project's own files, never a copy of what they say."""

import json
import re
import shlex
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_SPEC = ROOT.parent / "shared" / "compose-spec.json"


def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def dockerfile():
    """Return the Dockerfile's instructions, as pairs of a word and what follows it."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    logical_lines = text.replace("\\\n", " ").splitlines()
    return [tuple(line.strip().split(None, 1)) for line in logical_lines if line.strip()]


def instructions(word):
    return [rest for instruction, rest in dockerfile() if instruction == word]


def exec_form(text):
    """Return the command in a CMD or HEALTHCHECK, which has to be a JSON list."""
    return json.loads(text[text.index("[") :])


def image_environment():
    return dict(pair.split("=", 1) for rest in instructions("ENV") for pair in shlex.split(rest))


def requirement_lines(name):
    """Return the requirements of a file, each with its hashes on one line."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def pins(name):
    """Return what a requirements file pins: project names, normalised, with their versions."""
    found = {}
    for line in requirement_lines(name):
        project, version = re.match(r"([\w.-]+)(?:\[[^]]*\])?==([^\s;]+)", line).groups()
        found[re.sub(r"[-_.]+", "-", project).lower()] = version
    return found
