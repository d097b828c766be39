from django.db import migrations

# The triggers that write the history note who did what, and why, whoever fires them: who may not
# rewrite that need not be able to write it. "context_stays" holds for the function too.
FORWARD = """
ALTER FUNCTION _pgh_attach_context() SECURITY DEFINER SET search_path = public, pg_temp;
"""
BACKWARD = """
ALTER FUNCTION _pgh_attach_context() SECURITY INVOKER RESET search_path;
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0038_rewordings")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
