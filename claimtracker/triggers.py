"""Triggers that work for one row and for many, and what they are told before many."""

import pghistory
import pghistory.trigger
import pgtrigger
from django.db import connection


class ChangedRows(pghistory.trigger.Event):
    """Writes the events of the rows that a command changed."""

    def get_func_template_kwargs(self, model):
        # Not by a join of the rows before and after: its plan is made for as many as are written
        # first over a connection, and made for one it takes minutes for five thousand.
        changed = "(SELECT * FROM new_values EXCEPT SELECT * FROM old_values) AS new_values"
        return super().get_func_template_kwargs(model) | {"cond_new_values": changed}


class UpdateEvent(pghistory.UpdateEvent):
    """The event of a row that changed; of one that is the same as before there is none."""

    def add_event_trigger(self, event_model):
        trigger = ChangedRows(
            event_model=event_model,
            label=self.label,
            name=self.trigger_name,
            row=self.row,
            operation=self.operation,
            condition=self.condition,
        )
        pgtrigger.register(trigger)(event_model.pgh_tracked_model)


def expect_many_rows() -> None:
    """Have the triggers of the next command work as for many rows; within a transaction.

    What pgtrigger ignores is set to nothing, as it is while unset: unset, the triggers of each row
    raise and catch an error, and that takes the longer the more checks wait for COMMIT. And the
    plans are dropped by which triggers join the rows before and after: they were made for as many
    as were written first over this connection.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL pgtrigger.ignore = '{}'")
        cursor.execute("DISCARD PLANS")
