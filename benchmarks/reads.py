"""How long reads take over their SQL, and whether that grows with the rows."""

from collections.abc import Callable
from contextlib import closing
from statistics import median
from typing import Any

from servers import SIZES, make_world
from workers import Worker

SECONDS = 3.0  # measured for each address, at each size

# Addresses by what they are, each with how many pages further on it is asked for too.
Asked = dict[str, tuple[str, int]]
# What is measured, and of how many pages further on the same, if of any.
READS: Asked = {
    "list of claims": ("/api/v1/claims/", 200),
    "list of contested claims": ("/api/v1/claims/?contested=true", 100),
    "claim, 100 statements": ("/api/v1/claims/{claim_100}/", 0),
    "positions on it": ("/api/v1/claims/{claim_100}/positions/", 0),
    "positions on it, as of a day": (
        "/api/v1/claims/{claim_100}/positions/?said_by=2015-06-30",
        0,
    ),
    "positions on it, as recorded": (
        "/api/v1/claims/{claim_100}/positions/?recorded_by=2200-01-01",
        0,
    ),
    "claim, 2,000 statements": ("/api/v1/claims/{claim_2000}/", 0),
    "positions on that": ("/api/v1/claims/{claim_2000}/positions/", 0),
    "positions of a source, 500 statements": ("/api/v1/sources/{source_500}/positions/", 6),
    "positions of a source, 5,000 statements": ("/api/v1/sources/{source_5000}/positions/", 60),
}
# The smaller world has no claim and no source of which so much was said.
ONLY_LARGE = ("claim, 2,000", "positions on that", "positions of a source, 5,000")


def slugs(worker: Worker) -> dict[str, str]:
    """Return what stands for the names in braces: a claim or source with about so many."""
    return {
        f"{model}_{many}": worker.ask("row_with", model, many)
        for model, many in (("claim", 100), ("claim", 2000), ("source", 500), ("source", 5000))
    }


def reads(say: Callable[[str], None]) -> list[str]:
    """Return the table of reads, and a worker's memory."""
    workers = {size: Worker(make_world(size, say)) for size in SIZES}
    found = measure(workers, say, READS)
    for worker in workers.values():
        worker.close()
    return [*table(found), "", f"A worker's peak memory over all of these: {memory(say):.0f} MB."]


def addresses_at(worker: Worker, asked: Asked) -> dict[str, str]:
    known = slugs(worker)
    found = {}
    for name, (address, pages) in asked.items():
        first = found[name] = address.format(**known)
        if pages:
            found[f"{name}, deep"] = worker.ask("next_page", first, pages)
    return found


def measure(
    workers: dict[str, Worker], say: Callable[[str], None], asked: Asked
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return for each read and size the p50 of request, SQL and empty view, and the queries.

    One round asks each thing once, at both sizes, so that what else the machine does falls on all.
    """
    addresses = {size: addresses_at(worker, asked) for size, worker in workers.items()}
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name in addresses["1m"]:
        say(f"Measuring: {name}")
        of_sizes = found[name] = {}
        for size, worker in workers.items():
            queries = worker.ask("prepare", addresses[size][name])
            of_sizes[size] = {"queries": queries, "http": [], "sql": [], "empty": []}
        spent = 0.0
        while spent < SECONDS * len(workers) or len(of_sizes["1m"]["http"]) < 7:
            for size, worker in workers.items():
                one, address = of_sizes[size], addresses[size][name]
                for what, took in (
                    ("http", worker.ask("http", address)),
                    ("sql", worker.ask("sql", address)),
                    ("empty", worker.ask("http", "/empty/")),
                ):
                    one[what].append(took)
                    spent += took
        for one in of_sizes.values():
            one |= {what: median(one[what]) for what in ("http", "sql", "empty")}
    return found


def table(found: dict[str, dict[str, dict[str, Any]]]) -> list[str]:
    lines = [
        "| read | queries | p50 over (SQL + empty view) | 1 M over 100 k | deep over first page |",
        "|---|---|---|---|---|",
    ]
    for name, one in found.items():
        if name.endswith(", deep"):
            continue
        large, small, deep = one["1m"], one["100k"], found.get(f"{name}, deep")
        over = large["http"] / (large["sql"] + large["empty"])
        growth = "" if name.startswith(ONLY_LARGE) else f"{large['http'] / small['http']:.2f}"
        depth = f"{deep['1m']['http'] / large['http']:.2f}" if deep else ""
        lines.append(f"| {name} | {large['queries']} | {over:.2f} | {growth} | {depth} |")
    return lines


def memory(say: Callable[[str], None]) -> float:
    """Return the peak memory, in MB, of a worker that only answers requests."""
    with closing(Worker(make_world("1m", say))) as worker:
        for address in addresses_at(worker, READS).values():
            for _ in range(5):
                worker.ask("http", address)
        return worker.ask("peak")
