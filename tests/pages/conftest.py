import pytest
from django.core.management import call_command


@pytest.fixture
def seeds(db):
    call_command("loaddata", "lachin", verbosity=0)
