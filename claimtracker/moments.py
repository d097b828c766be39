"""Times, as they are answered: in UTC, to the microsecond."""

from datetime import UTC, date, datetime, time


def utc(moment: datetime) -> str:
    """Return a time as it is answered."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def utc_in_sql(moment: str) -> str:
    """Return the SQL of a time as it is answered."""
    return f"""to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def first_moment(day: date) -> datetime:
    """Return when a day begins."""
    return datetime.combine(day, time(), UTC)
