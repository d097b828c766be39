import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command

from claims import groups
from claims.models import Claim
from tests.desk import log_in, page
from tests.factories import make_claim

pytestmark = pytest.mark.django_db


def test_migrations_give_each_group_exactly_its_rights():
    assert groups.differences() == []


@pytest.mark.parametrize("group", ["contributors", "analysts"])
def test_only_editors_publish_and_delete(group):
    deeds = {right.split(".")[1].split("_")[0] for right in groups.held()[group]}

    assert not deeds & {"publish", "delete"}
    assert {"claims.publish_claim", "claims.delete_claim"} <= groups.held()["editors"]


@pytest.mark.parametrize("group", ["contributors", "editors", "analysts"])
def test_only_administrators_manage_accounts(group):
    apps = {right.split(".")[0] for right in groups.held()[group]}

    assert not apps & {"auth", "accounts"}
    assert "auth.change_user" in groups.held()["administrators"]


def test_every_right_is_one_that_there_is():
    there = Permission.objects.values_list("content_type__app_label", "codename")

    assert set().union(*groups.RIGHTS.values()) <= {f"{app}.{name}" for app, name in there}


def test_the_check_names_what_a_group_lacks_and_has_besides(capsys):
    contributors = Group.objects.get(name="contributors")
    contributors.permissions.remove(Permission.objects.get(codename="add_claim"))
    contributors.permissions.add(Permission.objects.get(codename="publish_claim"))
    Group.objects.get(name="analysts").delete()

    with pytest.raises(CommandError, match="groups --restore"):
        call_command("groups", "--check")

    assert capsys.readouterr().out.splitlines() == [
        "analysts: there is no such group",
        "contributors: lacks claims.add_claim",
        "contributors: has claims.publish_claim besides",
    ]


def test_restoring_gives_each_group_its_rights_and_keeps_its_members():
    editors = Group.objects.get(name="editors")
    ada = User.objects.create_user("ada")
    ada.groups.add(editors)
    editors.permissions.clear()

    call_command("groups", "--restore", verbosity=0)

    assert groups.differences() == []
    assert ada.has_perm("claims.publish_claim")


def test_the_check_is_content_with_what_migrations_made(capsys):
    call_command("groups", "--check")

    assert capsys.readouterr().out == "Each group has its rights.\n"


def test_a_contributor_cannot_publish_by_a_forged_field(client):
    log_in(client, "dora", group="contributors")
    claim = make_claim(review_state="draft")

    client.post(
        page(claim),
        {"text": claim.text, "kind": "fact", "slug": claim.slug, "review_state": "published"},
    )

    assert Claim.objects.get().review_state == "draft"
