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
        ("sources", "0014_documents_merge"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="document",
            name="remembers_being_public",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="document",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="document",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="document",
            name="delete_delete",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="source",
            name="remembers_being_public",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="source",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="source",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="source",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="document",
            name="first_public_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="documentevent",
            name="first_public_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="source",
            name="first_public_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="sourceevent",
            name="first_public_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        since_history_has_it("sources_source"),
        since_history_has_it("sources_document"),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                models.F("first_public_at"),
                models.F("slug"),
                condition=models.Q(("is_public", True)),
                name="document_recorded",
            ),
        ),
        migrations.AddIndex(
            model_name="source",
            index=models.Index(
                models.F("first_public_at"),
                models.F("slug"),
                condition=models.Q(("is_public", True)),
                name="source_recorded",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="document",
            trigger=pgtrigger.compiler.Trigger(
                name="remembers_being_public",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF TG_OP = 'UPDATE' THEN NEW.was_public := OLD.was_public; NEW.first_public_at := OLD.first_public_at; ELSIF NEW.was_public THEN EXECUTE format('SELECT count(*) > 0, min(coalesce(first_public_at, pgh_created_at)) FROM %I WHERE pgh_obj_id = $1 AND was_public', TG_TABLE_NAME || 'event') INTO NEW.was_public, NEW.first_public_at USING NEW.id; ELSE NEW.first_public_at := NULL; END IF; IF NEW.review_state = 'published' THEN NEW.was_public := true; NEW.first_public_at := coalesce(NEW.first_public_at, now()); END IF; RETURN NEW;",
                    hash="334c7340e23196bb27328d367d3f39d49eddf04a",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_remembers_being_public_4ae8e",
                    table="sources_document",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="document",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "sources_documentevent" ("archived_url", "created_at", "first_public_at", "id", "kind", "language", "merged_into_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published", "publisher_id", "retracted", "retrieved", "review_state", "sha256", "slug", "submitted_at", "submitted_by_id", "text", "title", "url", "version", "was_public") SELECT new_values."archived_url", new_values."created_at", new_values."first_public_at", new_values."id", new_values."kind", new_values."language", new_values."merged_into_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."published", new_values."publisher_id", new_values."retracted", new_values."retrieved", new_values."review_state", new_values."sha256", new_values."slug", new_values."submitted_at", new_values."submitted_by_id", new_values."text", new_values."title", new_values."url", new_values."version", new_values."was_public" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="e25f9406eb916cab1f80d17a60ed22e6a183de58",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_e1bfa",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="sources_document",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="document",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "sources_documentevent" ("archived_url", "created_at", "first_public_at", "id", "kind", "language", "merged_into_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published", "publisher_id", "retracted", "retrieved", "review_state", "sha256", "slug", "submitted_at", "submitted_by_id", "text", "title", "url", "version", "was_public") SELECT new_values."archived_url", new_values."created_at", new_values."first_public_at", new_values."id", new_values."kind", new_values."language", new_values."merged_into_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."published", new_values."publisher_id", new_values."retracted", new_values."retrieved", new_values."review_state", new_values."sha256", new_values."slug", new_values."submitted_at", new_values."submitted_by_id", new_values."text", new_values."title", new_values."url", new_values."version", new_values."was_public" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="2fe02b50c5f3aa5d480880e272748a3045c591a1",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_12f49",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="sources_document",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="document",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "sources_documentevent" ("archived_url", "created_at", "first_public_at", "id", "kind", "language", "merged_into_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published", "publisher_id", "retracted", "retrieved", "review_state", "sha256", "slug", "submitted_at", "submitted_by_id", "text", "title", "url", "version", "was_public") SELECT old_values."archived_url", old_values."created_at", old_values."first_public_at", old_values."id", old_values."kind", old_values."language", old_values."merged_into_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."published", old_values."publisher_id", old_values."retracted", old_values."retrieved", old_values."review_state", old_values."sha256", old_values."slug", old_values."submitted_at", old_values."submitted_by_id", old_values."text", old_values."title", old_values."url", old_values."version", old_values."was_public" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="d67b33178cd28d5ede10c3d883e1fff2a9fdc7c1",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_83c90",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="sources_document",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="source",
            trigger=pgtrigger.compiler.Trigger(
                name="remembers_being_public",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF TG_OP = 'UPDATE' THEN NEW.was_public := OLD.was_public; NEW.first_public_at := OLD.first_public_at; ELSIF NEW.was_public THEN EXECUTE format('SELECT count(*) > 0, min(coalesce(first_public_at, pgh_created_at)) FROM %I WHERE pgh_obj_id = $1 AND was_public', TG_TABLE_NAME || 'event') INTO NEW.was_public, NEW.first_public_at USING NEW.id; ELSE NEW.first_public_at := NULL; END IF; IF NEW.review_state = 'published' THEN NEW.was_public := true; NEW.first_public_at := coalesce(NEW.first_public_at, now()); END IF; RETURN NEW;",
                    hash="b8ad4c8e10f5daacf588a7f1f9677f64229dcf4e",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_remembers_being_public_e59e5",
                    table="sources_source",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="source",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "sources_sourceevent" ("aliases", "created_at", "description", "first_public_at", "id", "kind", "merged_into_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "review_state", "slug", "submitted_at", "submitted_by_id", "version", "was_public", "wikidata_id") SELECT new_values."aliases", new_values."created_at", new_values."description", new_values."first_public_at", new_values."id", new_values."kind", new_values."merged_into_id", new_values."name", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."review_state", new_values."slug", new_values."submitted_at", new_values."submitted_by_id", new_values."version", new_values."was_public", new_values."wikidata_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="c024ab03de7d2b1686883cf8db666938082fc16d",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_c3ed3",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="sources_source",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="source",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "sources_sourceevent" ("aliases", "created_at", "description", "first_public_at", "id", "kind", "merged_into_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "review_state", "slug", "submitted_at", "submitted_by_id", "version", "was_public", "wikidata_id") SELECT new_values."aliases", new_values."created_at", new_values."description", new_values."first_public_at", new_values."id", new_values."kind", new_values."merged_into_id", new_values."name", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."review_state", new_values."slug", new_values."submitted_at", new_values."submitted_by_id", new_values."version", new_values."was_public", new_values."wikidata_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="82ed05b6111a148c118799e52304c9cc86249ce8",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_e6185",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="sources_source",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="source",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "sources_sourceevent" ("aliases", "created_at", "description", "first_public_at", "id", "kind", "merged_into_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "review_state", "slug", "submitted_at", "submitted_by_id", "version", "was_public", "wikidata_id") SELECT old_values."aliases", old_values."created_at", old_values."description", old_values."first_public_at", old_values."id", old_values."kind", old_values."merged_into_id", old_values."name", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."review_state", old_values."slug", old_values."submitted_at", old_values."submitted_by_id", old_values."version", old_values."was_public", old_values."wikidata_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="e15a4ea20761f64c3add31817d9870dcccf04e72",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_fde77",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="sources_source",
                    when="AFTER",
                ),
            ),
        ),
    ]
