"""Turns a data set of ``../shared/datasets`` into a bundle: its files are one, beside others."""

import json
import shutil
from pathlib import Path

DATASETS = Path(__file__).resolve().parents[3] / "shared" / "datasets"
FILES = ["sources", "affiliations", "documents", "claims", "relations", "statements"]


def to_bundle(name, folder):
    """Write the bundle of a data set into a folder, and return that folder."""
    for file in FILES:
        shutil.copyfile(DATASETS / name / f"{file}.jsonl", folder / f"{file}.jsonl")
    return folder


def expected(name):
    return json.loads((DATASETS / name / "expected.json").read_text(encoding="utf-8"))
