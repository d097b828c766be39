from django.db import migrations

INDEXES = ["claim_search", "citation_search", "source_search", "document_search"]

# What is new waits in a list beside the index, which each look at the index goes through: a search
# looks some forty times. Of the 4 MB that it may grow to, searches took three times as long.
FORWARD = "".join(f"ALTER INDEX {name} SET (gin_pending_list_limit = 64);" for name in INDEXES)
REVERSE = "".join(f"ALTER INDEX {name} RESET (gin_pending_list_limit);" for name in INDEXES)


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0024_positions_on_a_claim"),
        ("sources", "0018_first_public_at"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
