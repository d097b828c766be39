"""A page and the API say the same: every published claim of the seeds, on several dates."""

import pytest

from claims.models import Claim
from sources.models import Source
from tests.pages.reading import page_of, section, slugs, words

CLOCKS = [
    "",
    "said_by=2023-01-31",
    "said_by=2023-09-08",
    "public_by=2023-09-07",
    "said_by=2023-09-08&public_by=2023-09-15",
    "recorded_by=2999-12-31",
]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loaded")]


@pytest.mark.parametrize("clocks", CLOCKS)
def test_the_page_of_every_claim_says_what_the_api_says(client, clocks):
    compared = 0
    for slug in Claim.objects.public().values_list("slug", flat=True):
        api = client.get(f"/api/v1/claims/{slug}/positions/?derived=true&roll_up=true&{clocks}")
        timeline = client.get(f"/api/v1/claims/{slug}/timeline/?{clocks}".rstrip("?&"))
        page = page_of(client.get(f"/claims/{slug}/?{clocks}"))
        assert said_by_page(page) == said_by_api(api.json(), timeline.json()), slug
        compared += len(api.json()["positions"])

    assert compared > 5


def said_by_page(page):
    verdict = words(page.xpath("//*[@class='verdict']")[0])
    others, derived = section(page, "others"), section(page, "derived")
    sides = {
        stance: [
            (words(each.xpath(".//h3")[0]), each.xpath("./p")[1].text.strip())
            for each in section(page, stance).xpath(".//li[@class='held']")
        ]
        for stance in ("asserts", "denies")
    }
    return {
        "contested": verdict.startswith("Contested"),
        "documents": int(verdict.partition("read in ")[2].split()[0]),
        "between_bodies": "Contested between bodies" in verdict,
        **sides,
        "others": slugs(others, "sources") if others is not None else [],
        "derived": slugs(derived, "sources", within="./ul/li/") if derived is not None else [],
        "events": slugs(section(page, "timeline"), "statements", within=".//table//"),
    }


def said_by_api(answer, timeline):
    direct = [one for one in answer["positions"] if not one["derived"]]
    return {
        "contested": answer["contested"],
        "documents": answer["tally"]["documents"],
        "between_bodies": answer["contested_between_bodies"],
        **{
            stance: [(one["name"], one["sentence"]) for one in direct if one["stance"] == stance]
            for stance in ("asserts", "denies")
        },
        "others": [one["source"] for one in answer["others"]],
        "derived": [one["source"] for one in answer["positions"] if one["derived"]],
        "events": [event["statement"] for event in timeline["events"]],
    }


@pytest.mark.parametrize("clocks", ["", "said_by=2023-09-08", "recorded_by=2999-12-31"])
def test_the_page_of_every_source_says_what_the_api_says(client, clocks):
    compared = 0
    for slug in Source.objects.public().values_list("slug", flat=True):
        api = f"/api/v1/sources/{slug}"
        held = client.get(f"{api}/positions/?page_size=200&{clocks}").json()["results"]
        others = client.get(f"{api}/agreement/?page_size=15&{clocks}").json()["results"]
        page = page_of(client.get(f"/sources/{slug}/?{clocks}"))
        rows = section(page, "agreement").xpath(".//tbody/tr")

        assert slugs(section(page, "holds"), "claims", within="./ul/li/") == [
            each["claim"] for each in held
        ], slug
        assert [
            (words(row.xpath("./th/a")[0]), *(int(words(cell)) for cell in row.xpath("./td")[:2]))
            for row in rows
        ] == [(each["name"], each["agree"], each["differ"]) for each in others], slug
        compared += len(held) + len(others)

    assert compared > 50


@pytest.mark.parametrize("clocks", ["", "said_by=2023-09-08"])
def test_the_matrix_of_every_topic_is_that_of_the_api_in_another_order(client, clocks):
    for slug in ("lachin-corridor", "military-build-up", "aghdam-road"):
        api = client.get(f"/api/v1/matrix/?topic={slug}&{clocks}").json()
        page = page_of(client.get(f"/topics/{slug}/?{clocks}"))
        held = {
            (source, claim, stance)
            for source, row in zip(api["sources"], api["cells"], strict=True)
            for claim, stance in zip(api["claims"], row, strict=True)
            if stance
        }

        assert held
        assert {
            (
                cell.get("href").partition("#source-")[2],
                cell.get("href").split("/")[2],
                cell.getparent().get("class"),
            )
            for cell in page.xpath("//table[@class='matrix']//td/a")
        } == held


def test_the_disputes_are_the_differences_that_agreement_tells(client):
    page = page_of(client.get("/disputes/"))
    rows = page.xpath("//h2[@id='pairs']/following-sibling::div//tbody/tr")

    assert len(rows) > 10
    for row in rows:
        one, other = slugs(row, "sources", within="./td[position() < 3]/")
        differ, agree = (int(words(cell)) for cell in row.xpath("./td")[2:4])
        api = client.get(f"/api/v1/sources/{one}/agreement/?with={other}").json()["results"][0]
        assert differ == api["differ"] == len(slugs(row, "claims"))
        # The page counts over contested claims.
        assert agree <= api["agree"]
