from django.db import migrations

from claimtracker.accounts.rights import gives

LOOK = ["claims.view_merge", "claims.view_different"]
DECIDE = [*LOOK, "claims.delete_different"]


class Migration(migrations.Migration):
    dependencies = [("claims", "0016_merges")]

    operations = [gives({"contributors": LOOK, "editors": DECIDE, "administrators": DECIDE})]
