"""Line ends: texts are stored with line feeds only, whichever way they come in.

Browsers send each line end as CR LF, files from Windows have it too. Stored as it comes, the same
words would differ from themselves at the next save.
"""

import pgtrigger


def with_line_feeds(text: str) -> str:
    """Return a text with each line end as one line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def keeps_line_feeds(*columns: str) -> pgtrigger.Trigger:
    """Return the trigger that stores each line end of some columns as one line feed."""
    has_returns = " OR ".join(f"strpos(NEW.{column}, E'\\r') > 0" for column in columns)
    return pgtrigger.Trigger(
        # Before ``keep_version`` by its name, so that line ends alone make no new version.
        name="as_line_feeds",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(*columns),
        condition=pgtrigger.Condition(has_returns),
        func=" ".join(
            f"NEW.{column} := replace(replace(NEW.{column}, E'\\r\\n', E'\\n'), E'\\r', E'\\n');"
            for column in columns
        )
        + " RETURN NEW;",
    )
