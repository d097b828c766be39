"""Nobody lifts himself, or anyone, to more than he may himself."""

import pytest
from django.contrib.auth.models import Group, Permission, User

from tests.desk import act, log_in, page
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    return log_in(client, "olga", group="administrators")


@pytest.fixture
def usher(client):
    """Somebody who may change accounts and groups, and nothing else."""
    user = log_in(client, "uwe", group="analysts")
    for codename in ("view_user", "change_user", "add_user", "view_group", "change_group"):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    return user


def group(name):
    return Group.objects.get(name=name)


def save(client, user, **fields):
    """Save an account's page with these fields, also such as the page does not offer."""
    joined = {"date_joined_0": "2026-01-31", "date_joined_1": "12:00"}
    return client.post(page(user), {"username": user.username, "is_active": "on"} | joined | fields)


def rights(user):
    return User.objects.get(pk=user.pk).get_all_permissions()


def test_an_administrator_makes_an_editor(client, administrator):
    word = "correct horse battery"
    client.post(
        page(User, "add"),
        {"username": "ada", "usable_password": "true", "password1": word, "password2": word},
    )
    ada = User.objects.get(username="ada")

    save(client, ada, is_staff="on", groups=[group("editors").pk])

    assert User.objects.get(username="ada").has_perm("claims.publish_claim")


@pytest.mark.parametrize("role", ["contributors", "editors", "analysts"])
def test_who_manages_no_accounts_sees_none(client, role):
    user = log_in(client, "dora", group=role)

    for address in (page(User, "changelist"), page(User, "add"), page(user), page(Group, "add")):
        assert client.get(address).status_code == 403


def test_an_editor_cannot_lift_himself(client):
    ada = log_in(client)

    answer = client.post(page(ada), {"username": "ada", "is_superuser": "on", "is_staff": "on"})

    assert answer.status_code == 403
    assert not User.objects.get(username="ada").is_superuser


@pytest.mark.parametrize("whom", ["olga", "dora"])
def test_an_administrator_makes_nobody_a_superuser(client, administrator, whom):
    user = administrator if whom == "olga" else make_user(whom, group="contributors")

    save(client, user, is_superuser="on", first_name="Saved")

    assert User.objects.get(first_name="Saved").is_superuser is False


def test_an_administrator_gives_no_right_by_name(client, administrator):
    right = Permission.objects.get(codename="delete_user")

    save(client, administrator, user_permissions=[right.pk], first_name="Saved")

    assert User.objects.get(first_name="Saved").user_permissions.count() == 0


def test_nobody_gives_a_group_whose_rights_he_lacks(client, usher):
    answer = save(client, usher, groups=[group("editors").pk])

    assert "groups" in answer.context["adminform"].form.errors
    assert not rights(usher) & {"claims.publish_claim", "claims.add_claim"}


@pytest.mark.parametrize("greater", ["editors", "superuser", "by name", "closed"])
def test_nobody_changes_an_account_that_may_do_more(client, usher, greater):
    user = make_user("max", password="old", is_superuser=greater == "superuser", is_staff=True)
    if greater in {"editors", "closed"}:
        user.groups.add(group("editors"))
    if greater == "by name":
        user.user_permissions.add(Permission.objects.get(codename="delete_claim"))
    if greater == "closed":
        User.objects.filter(pk=user.pk).update(is_active=False)
    word = {"usable_password": "true", "password1": "my own word", "password2": "my own word"}

    assert client.post(page(user), {"username": "max", "is_active": "on"}).status_code == 403
    assert client.get(f"/admin/auth/user/{user.pk}/password/").status_code == 403
    assert client.post(f"/admin/auth/user/{user.pk}/password/", word).status_code == 403
    assert User.objects.get(pk=user.pk).check_password("old")
    assert User.objects.get(pk=user.pk).is_active is (greater != "closed")


def test_an_administrator_sets_the_password_of_an_editor(client, administrator):
    ada = make_user("ada", password="old")
    word = {"usable_password": "true", "password1": "her own word", "password2": "her own word"}

    client.post(f"/admin/auth/user/{ada.pk}/password/", word)

    assert User.objects.get(pk=ada.pk).check_password("her own word")


def test_the_page_of_a_greater_account_shows_nothing_of_its_password(client, usher):
    root = make_user("root", password="x", is_superuser=True)

    shown = client.get(page(root)).content.decode()

    assert root.password.split("$")[-1] not in shown


def test_who_may_delete_accounts_deletes_none_that_may_do_more(client, usher):
    usher.user_permissions.add(Permission.objects.get(codename="delete_user"))
    root, ben = make_user("root", is_superuser=True), make_user("ben")

    assert client.post(page(root, "delete"), {"post": "yes"}).status_code == 403
    act(client, User, "delete_selected", [root, ben], post="yes")

    assert User.objects.filter(username__in=["root", "ben"]).count() == 2


def test_who_may_change_groups_puts_in_no_right_that_he_lacks(client, usher):
    right = Permission.objects.get(codename="publish_claim")

    answer = client.post(page(group("analysts")), {"name": "analysts", "permissions": [right.pk]})

    assert "permissions" in answer.context["adminform"].form.errors
    assert not group("analysts").permissions.exists()


def test_who_may_change_groups_takes_nothing_from_one_with_rights_he_lacks(client, usher):
    answer = client.post(page(group("editors")), {"name": "editors", "permissions": []})

    assert answer.status_code == 403
    assert group("editors").permissions.exists()


def test_a_superuser_gives_what_there_is(client):
    user = log_in(client, "root", group="editors")
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    ben = make_user("ben")

    save(client, ben, is_superuser="on")

    assert User.objects.get(username="ben").is_superuser


def test_passwords_cannot_be_guessed_by_filters_of_the_list(client, administrator):
    answer = client.get(page(User, "changelist"), {"password__startswith": "pbkdf2"})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "query", ["is_staff__exact=%00", "groups__id__exact=%00", "q=%00", "o=%00"]
)
def test_nonsense_in_the_address_of_the_list_is_no_error_page(client, administrator, query):
    assert client.get(f"{page(User, 'changelist')}?{query}").status_code in {200, 302}
