import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


def since_history_has_it(table):
    """Return the step that fills in when each row was first public, as the history has it.

    Between the old triggers and the new ones, so that it makes no event of its own.
    """
    return migrations.RunSQL(
        f"""
        UPDATE {table} t SET first_public_at = coalesce(
          (SELECT min(e.pgh_created_at) FROM {table}event e
           WHERE e.pgh_obj_id = t.id AND e.is_public),
          t.created_at
        ) WHERE t.was_public
        """,
        migrations.RunSQL.noop,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0017_rights_on_merges"),
        ("sources", "0015_first_public_at"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="claim",
            name="remembers_being_public",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="claim",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="claim",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="claim",
            name="delete_delete",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="statement",
            name="remembers_being_public",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="statement",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="statement",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="statement",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="claim",
            name="first_public_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="claimevent",
            name="first_public_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="statement",
            name="first_public_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="statementevent",
            name="first_public_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        since_history_has_it("claims_claim"),
        since_history_has_it("claims_statement"),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                models.F("first_public_at"),
                models.F("slug"),
                condition=models.Q(("is_public", True)),
                name="claim_recorded",
            ),
        ),
        migrations.AddIndex(
            model_name="statement",
            index=models.Index(
                models.F("first_public_at"),
                models.F("slug"),
                condition=models.Q(("is_public", True)),
                name="statement_recorded",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="claim",
            trigger=pgtrigger.compiler.Trigger(
                name="remembers_being_public",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF TG_OP = 'UPDATE' THEN NEW.was_public := OLD.was_public; NEW.first_public_at := OLD.first_public_at; ELSIF NEW.was_public THEN EXECUTE format('SELECT count(*) > 0, min(coalesce(first_public_at, pgh_created_at)) FROM %I WHERE pgh_obj_id = $1 AND was_public', TG_TABLE_NAME || 'event') INTO NEW.was_public, NEW.first_public_at USING NEW.id; ELSE NEW.first_public_at := NULL; END IF; IF NEW.review_state = 'published' THEN NEW.was_public := true; NEW.first_public_at := coalesce(NEW.first_public_at, now()); END IF; RETURN NEW;",
                    hash="dd33ec9a8edc7850ddaba1e801c12b6affd066a8",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_remembers_being_public_7b22b",
                    table="claims_claim",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="claim",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "claims_claimevent" ("created_at", "first_public_at", "id", "kind", "language", "merged_into_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "review_state", "slug", "submitted_at", "submitted_by_id", "text", "version", "was_public") SELECT new_values."created_at", new_values."first_public_at", new_values."id", new_values."kind", new_values."language", new_values."merged_into_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."review_state", new_values."slug", new_values."submitted_at", new_values."submitted_by_id", new_values."text", new_values."version", new_values."was_public" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="23a33c2046ee8a905da6495107d54cd67fb4bf9d",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_df8fa",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="claims_claim",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="claim",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "claims_claimevent" ("created_at", "first_public_at", "id", "kind", "language", "merged_into_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "review_state", "slug", "submitted_at", "submitted_by_id", "text", "version", "was_public") SELECT new_values."created_at", new_values."first_public_at", new_values."id", new_values."kind", new_values."language", new_values."merged_into_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."review_state", new_values."slug", new_values."submitted_at", new_values."submitted_by_id", new_values."text", new_values."version", new_values."was_public" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="0eaeaed4b67dab038255cd4b9933ef067833a6ca",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_fe4ba",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="claims_claim",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="claim",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "claims_claimevent" ("created_at", "first_public_at", "id", "kind", "language", "merged_into_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "review_state", "slug", "submitted_at", "submitted_by_id", "text", "version", "was_public") SELECT old_values."created_at", old_values."first_public_at", old_values."id", old_values."kind", old_values."language", old_values."merged_into_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."review_state", old_values."slug", old_values."submitted_at", old_values."submitted_by_id", old_values."text", old_values."version", old_values."was_public" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="d50a8b85bc019529f7f05516a1fae496b72ccaa5",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_dbf31",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="claims_claim",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="statement",
            trigger=pgtrigger.compiler.Trigger(
                name="remembers_being_public",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF TG_OP = 'UPDATE' THEN NEW.was_public := OLD.was_public; NEW.first_public_at := OLD.first_public_at; ELSIF NEW.was_public THEN EXECUTE format('SELECT count(*) > 0, min(coalesce(first_public_at, pgh_created_at)) FROM %I WHERE pgh_obj_id = $1 AND was_public', TG_TABLE_NAME || 'event') INTO NEW.was_public, NEW.first_public_at USING NEW.id; ELSE NEW.first_public_at := NULL; END IF; IF NEW.review_state = 'published' THEN NEW.was_public := true; NEW.first_public_at := coalesce(NEW.first_public_at, now()); END IF; RETURN NEW;",
                    hash="ced3826aa16b282ddbc2cb0f8fd4dbf71cf6f9be",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_remembers_being_public_3cad7",
                    table="claims_statement",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="statement",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "claims_statementevent" ("claim_id", "created_at", "denies_what", "first_public_at", "id", "note", "occasion", "order", "personal_capacity", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "review_state", "said", "slug", "source_id", "stance", "submitted_at", "submitted_by_id", "version", "was_public") SELECT new_values."claim_id", new_values."created_at", new_values."denies_what", new_values."first_public_at", new_values."id", new_values."note", new_values."occasion", new_values."order", new_values."personal_capacity", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."review_state", new_values."said", new_values."slug", new_values."source_id", new_values."stance", new_values."submitted_at", new_values."submitted_by_id", new_values."version", new_values."was_public" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="47f7dcc8770c68c790cac63d60be89ec5c46fd33",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_ec354",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="claims_statement",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="statement",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "claims_statementevent" ("claim_id", "created_at", "denies_what", "first_public_at", "id", "note", "occasion", "order", "personal_capacity", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "review_state", "said", "slug", "source_id", "stance", "submitted_at", "submitted_by_id", "version", "was_public") SELECT new_values."claim_id", new_values."created_at", new_values."denies_what", new_values."first_public_at", new_values."id", new_values."note", new_values."occasion", new_values."order", new_values."personal_capacity", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."review_state", new_values."said", new_values."slug", new_values."source_id", new_values."stance", new_values."submitted_at", new_values."submitted_by_id", new_values."version", new_values."was_public" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="6cb380c7ad0c53fe9181fd5319475cc84c76e8aa",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_eabae",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="claims_statement",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="statement",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "claims_statementevent" ("claim_id", "created_at", "denies_what", "first_public_at", "id", "note", "occasion", "order", "personal_capacity", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "review_state", "said", "slug", "source_id", "stance", "submitted_at", "submitted_by_id", "version", "was_public") SELECT old_values."claim_id", old_values."created_at", old_values."denies_what", old_values."first_public_at", old_values."id", old_values."note", old_values."occasion", old_values."order", old_values."personal_capacity", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."review_state", old_values."said", old_values."slug", old_values."source_id", old_values."stance", old_values."submitted_at", old_values."submitted_by_id", old_values."version", old_values."was_public" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="6ca8c6d9d93b6ffc095d453f57e3cdccb7aa5786",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_aae0e",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="claims_statement",
                    when="AFTER",
                ),
            ),
        ),
    ]
