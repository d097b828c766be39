"""Real data, imported as it is, gives the answers that other programs computed from it."""

from collections import Counter
from itertools import chain

import pytest
from django.db.models import Count

from claims.exchange.importing import import_bundle
from claims.models import Citation, Claim, Relation, Statement
from claims.positions.clocks import Clocks
from claims.positions.lists import matrix
from sources.models import Document, Source
from tests.exchange.datasets import DATASETS, expected, to_bundle

SETS = ["emergent", "perspectrum", "unvotes-dev"]

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not DATASETS.is_dir(), reason=f"There are no data sets at {DATASETS}."),
]


@pytest.fixture(params=SETS)
def answers(request, tmp_path):
    import_bundle(folder=to_bundle(request.param, tmp_path))
    return expected(request.param)


def counted(rows, field):
    return dict(rows.order_by().values_list(field).annotate(Count("pk")))


def test_data_set_gives_the_figures_that_were_computed_elsewhere(answers):
    counts = answers["counts"]

    assert Source.objects.public().count() == counts["sources"]
    assert Document.objects.public().count() == counts["documents"]
    assert Claim.objects.public().count() == counts["claims"]
    assert Statement.objects.public().count() == counts["statements"]
    assert Statement.objects.filter(said="").count() == counts["statements_undated"]
    assert counted(Relation.objects.all(), "kind") == counts["relations_by_kind"]
    assert counted(Statement.objects.all(), "stance") == counts["statements_by_stance"]
    without = Statement.objects.exclude(pk__in=Citation.objects.values("statement"))
    assert without.count() == counts["statements_without_document"]
    cells = Counter(chain.from_iterable(matrix(None, Clocks())["cells"]))
    del cells[None]
    assert cells == answers["held_positions"]
    contested = sorted(Claim.objects.contested().values_list("slug", flat=True))
    assert len(contested) == answers["contested_held"]["n"]
    assert contested == sorted(answers["contested_held"]["keys"])
    tallies = {
        claim.slug: (claim.asserts_count, claim.denies_count)
        for claim in Claim.objects.with_tally()
    }
    for one in answers["top10_contested"]:
        assert tallies[one["claim"]] == (one["asserts"], one["denies"])


def test_second_import_of_a_data_set_changes_nothing(answers, tmp_path):
    assert import_bundle(folder=tmp_path).changes_nothing()
