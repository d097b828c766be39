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
        "| pages as | how many | most queries | longest, in ms | of work | over 300 ms of work |",
        "|---|---|---|---|---|---|",
    ]
    dear: dict[str, tuple[float, float, int]] = {}
    with closing(Worker(make_world("1m", say))) as worker:
        for role in ROLES:
            say(f"Asking for every page as one of the {role}")
            costs = [
                # Where the server's work cannot be read, the time says more.
                (page, queries, sql, work or sql)
                for page, queries, sql, work in worker.ask("desk", role)
            ]
            longest, most = max(cost[2] for cost in costs), max(cost[3] for cost in costs)
            over = sum(cost[3] > MOST for cost in costs)
            queries = max(cost[1] for cost in costs)
            lines.append(
                f"| {role} | {len(costs)} | {queries} | {longest:.0f} | {most:.0f} | {over} |"
            )
            for page, queries, sql, work in costs:
                if work > max(LISTED, dear.get(page, (0, 0, 0))[0]):
                    dear[page] = work, sql, queries
        lines += ["", "| a page from 100 ms of work on | queries | ms | of work |"]
        lines.append("|---|---|---|---|")
        for page, (work, sql, queries) in sorted(dear.items(), key=lambda each: -each[1][0]):
            lines.append(f"| `{page}` | {queries} | {sql:.0f} | {work:.0f} |")
        say("Retiring")
        lines += ["", "| retiring | ms |", "|---|---|"]
        lines += [f"| {name} | {took:.0f} |" for name, took in worker.ask("deeds").items()]
    return lines
