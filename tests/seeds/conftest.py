from pathlib import Path

import pytest
import yaml

RECORD = Path(__file__).parents[2].parent / "shared" / "lachin" / "lachin.yaml"


@pytest.fixture(scope="session")
def record_path():
    if not RECORD.exists():
        pytest.skip("the record that the seeds are made from is not beside this checkout")
    return RECORD


@pytest.fixture
def record(record_path):
    return yaml.safe_load(record_path.read_text(encoding="utf-8"))
