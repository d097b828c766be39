"""What was recorded by a moment stays what it was. Here each write is committed for itself."""

import pytest
from django.core.management import call_command
from django.db import connection

from claims.models import Citation, Claim, Statement
from sources.models import Source


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_correction_made_today_leaves_yesterdays_answers_byte_for_byte(client):
    call_command("loaddata", "lachin", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')")
        moment = f"{cursor.fetchone()[0]}Z"
    asked = [
        f"/api/v1/{address}recorded_by={moment}"
        for address in (
            "claims/?",
            "claims/?contested=true&ordering=-last_said&",
            "claims/corridor-blocked/positions/?derived=true&roll_up=true&",
            "claims/free-passage/positions/?derived=true&",
            "claims/corridor-blocked/timeline/?",
            "sources/jeyhun-bayramov/positions/?derived=true&",
            "sources/jeyhun-bayramov/agreement/?",
            "flips/?",
            "flips/?source=hikmet-hajiyev&topic=aghdam-road&",
            "matrix/?topic=lachin-corridor&",
        )
    ]
    then = [client.get(address).content for address in asked]
    today = [client.get(address.replace(f"recorded_by={moment}", "")).content for address in asked]

    Statement.objects.filter(source__slug="jeyhun-bayramov").update(
        stance="asserts", denies_what=""
    )
    Statement.objects.filter(source__slug="ilham-aliyev").update(said="2022")
    Source.objects.filter(slug="jeyhun-bayramov").update(name="J. Bayramov")
    Claim.objects.filter(slug="corridor-blocked").update(text="The corridor is shut.")
    Citation.objects.filter(document__slug="trend-2023-09-07").delete()
    survivor = Source.objects.get(slug="azerbaijan")
    gone = Source.objects.get(slug="hikmet-hajiyev")
    Statement.objects.filter(source=gone).update(review_state="retired")
    Source.objects.filter(pk=gone.pk).update(review_state="retired", merged_into=survivor)

    assert [client.get(address).content for address in asked] == then
    assert all(
        client.get(address.replace(f"recorded_by={moment}", "")).content != before
        for address, before in zip(asked, today, strict=True)
    )
    # Today the one that was merged leads on; at that moment it answers as itself.
    itself = client.get(f"/api/v1/sources/hikmet-hajiyev/positions/?recorded_by={moment}")
    assert client.get("/api/v1/sources/hikmet-hajiyev/positions/").status_code == 308
    assert itself.status_code == 200
    assert len(itself.json()["results"]) == 4
