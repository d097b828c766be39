"""What the start page shows as new."""

import pytest

from claims.positions.news import new_denials
from tests.factories import make_claim, make_statement


@pytest.mark.django_db
def test_of_denials_that_became_public_together_the_last_that_was_said_comes_first():
    claim = make_claim()
    for slug, said in [("a", "2023-01-01"), ("b", "2023-09"), ("c", ""), ("d", "2023-05-05")]:
        make_statement(claim=claim, slug=slug, said=said, stance="denies")

    assert new_denials(3) == ["b", "d", "a"]
