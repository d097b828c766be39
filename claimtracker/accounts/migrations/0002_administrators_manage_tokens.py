from django.db import migrations

from claimtracker.accounts.rights import gives


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_tokens"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        gives(
            {
                "administrators": [
                    "accounts.view_token",
                    "accounts.add_token",
                    "accounts.revoke_token",
                ]
            }
        )
    ]
