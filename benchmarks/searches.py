"""How long a search takes: for a common word over a rare one, over its SQL, as the rows grow."""

from collections.abc import Callable

from reads import measure
from servers import SIZES, make_world
from workers import Worker

RARE = "a rare word, in one quote of 50,000"
SEARCHES = {
    RARE: "q=quarry",
    "a word in one quote of 2,000": "q=lighthouse",
    "a word in one quote of 60": "q=ferry",
    "a common word, in one quote of three": "q=road",
    "two common words": "q=road treaty",
    "either of two common words": "q=road or treaty",
    "a phrase of common words": 'q="road treaty"',
    "a common word without another": "q=road -treaty",
    "a common word, in quotes only": "q=road&kind=statement",
    "a name with a slip of the pen": "q=minster&kind=source",
}


def searches(say: Callable[[str], None]) -> list[str]:
    """Return the table of searches."""
    workers = {size: Worker(make_world(size, say)) for size in SIZES}
    addresses = {
        name: (f"/api/v1/search/?{query}".replace(" ", "%20"), 0)
        for name, query in SEARCHES.items()
    }
    found = measure(workers, say, addresses)
    for worker in workers.values():
        worker.close()
    rare = found[RARE]["1m"]["http"]
    lines = [
        "| search for | queries | p50 over a rare word's | p50 over (SQL + empty view) "
        "| 1 M over 100 k |",
        "|---|---|---|---|---|",
    ]
    for name, one in found.items():
        large, small = one["1m"], one["100k"]
        over = large["http"] / (large["sql"] + large["empty"])
        lines.append(
            f"| {name} | {large['queries']} | {large['http'] / rare:.2f} | {over:.2f} "
            f"| {large['http'] / small['http']:.2f} |"
        )
    return lines
