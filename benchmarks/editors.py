"""How long the queries of every page of the admin take among a million statements."""

from collections.abc import Callable
from contextlib import closing

from servers import make_world
from workers import Worker

ROLES = ("editors", "contributors", "superusers")
# Milliseconds: no page may take longer, and pages from which on are listed.
MOST, LISTED = 300, 100


def editors(say: Callable[[str], None]) -> list[str]:
    """Return the table of the dearest pages, and what retiring much takes."""
    lines = [
        "| pages as | how many | most queries | longest, in ms | over 300 ms |",
        "|---|---|---|---|---|",
    ]
    dear: dict[str, tuple[float, int]] = {}
    with closing(Worker(make_world("1m", say))) as worker:
        for role in ROLES:
            say(f"Asking for every page as one of the {role}")
            costs = worker.ask("desk", role)
            longest = max(sql for _, _, sql in costs)
            over = sum(sql > MOST for _, _, sql in costs)
            queries = max(queries for _, queries, _ in costs)
            lines.append(f"| {role} | {len(costs)} | {queries} | {longest:.0f} | {over} |")
            for page, queries, sql in costs:
                if sql > max(LISTED, dear.get(page, (0, 0))[0]):
                    dear[page] = sql, queries
        lines += ["", "| a page from 100 ms on | queries | ms |", "|---|---|---|"]
        for page, (sql, queries) in sorted(dear.items(), key=lambda each: -each[1][0]):
            lines.append(f"| `{page}` | {queries} | {sql:.0f} |")
        say("Retiring")
        lines += ["", "| retiring | ms |", "|---|---|"]
        lines += [f"| {name} | {took:.0f} |" for name, took in worker.ask("deeds").items()]
    return lines
