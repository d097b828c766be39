from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.db import transaction

RECORD = Path(__file__).parents[2].parent / "shared" / "lachin" / "lachin.yaml"


@pytest.fixture(scope="session")
def record_path():
    if not RECORD.exists():
        pytest.skip("the record that the seeds are made from is not beside this checkout")
    return RECORD


@pytest.fixture
def record(record_path):
    return yaml.safe_load(record_path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """Load the seeds once for a module; each test's own changes are rolled back to here."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("loaddata", Path(settings.BASE_DIR, "seeds", "lachin.json"), verbosity=0)
        yield
        transaction.set_rollback(True)
