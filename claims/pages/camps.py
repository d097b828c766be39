"""An order of sources and claims in which camps show, as they hold the same of the same claims.

The order is that of the first pair of singular vectors of the table of stances: +1 asserts, −1
denies, each less the mean of its claim, so that what all say alike moves nobody. Found by power
iteration, from a fixed start: the same table gives the same order.
"""

from math import sqrt

Cells = list[list[str | None]]
VALUES = {"asserts": 1.0, "denies": -1.0}
ROUNDS = 60


def in_camps(cells: Cells) -> tuple[list[int], list[int]]:
    """Return the places of rows and columns of a table, in the order in which to show them.

    Where nobody differs they stay as they are.
    """
    columns = len(cells[0]) if cells else 0
    held = [
        [(column, VALUES[stance]) for column, stance in enumerate(row) if stance in VALUES]
        for row in cells
    ]
    sums, counts = [0.0] * columns, [0] * columns
    for row in held:
        for column, value in row:
            sums[column] += value
            counts[column] += 1
    means = [total / count if count else 0.0 for total, count in zip(sums, counts, strict=True)]
    centred = [[(column, value - means[column]) for column, value in row] for row in held]
    of_rows = [1.0 + place / (len(cells) or 1) for place in range(len(cells))]
    of_columns = [0.0] * columns
    for _ in range(ROUNDS):
        of_columns = [0.0] * columns
        for weight, row in zip(of_rows, centred, strict=True):
            for column, value in row:
                of_columns[column] += weight * value
        of_rows = [sum(of_columns[column] * value for column, value in row) for row in centred]
        length = sqrt(sum(weight * weight for weight in of_rows))
        if length < 1e-12:
            return list(range(len(cells))), list(range(columns))
        of_rows = [weight / length for weight in of_rows]
    # Rounded, so that what differs by an error of the machine is in the order of the names.
    return (
        sorted(range(len(cells)), key=lambda place: (-round(of_rows[place], 9), place)),
        sorted(range(columns), key=lambda place: (-round(of_columns[place], 9), place)),
    )
