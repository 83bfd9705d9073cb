"""Ways of the bias through its range: sweeps up and down in one table."""

import itertools

import numpy as np

# Turning back by less than this share of the range is noise of the bias; a pass goes through more
# than this share of it.
_TURN, _SHARED = 0.2, 0.5
# Rows of a pass on average, below which the bias is in no order at all.
_LEAST_ROWS = 5


def turns(bias):
    """Rows where the bias turns back, noise aside: first and last row too; None where it is in no
    order."""
    span, rows = np.ptp(bias), [0]
    start = turn = 0
    for i in range(1, bias.size):
        direction = np.sign(bias[turn] - bias[start])
        if direction == 0 or (bias[i] - bias[turn]) * direction > 0:
            turn = i
        elif abs(bias[i] - bias[turn]) > _TURN * span:
            rows.append(turn)
            start, turn = turn, i
    rows.append(bias.size - 1)
    return rows if len(rows) - 1 < bias.size / _LEAST_ROWS else None


def covers(bias, low, high):
    """Whether the way between two rows goes through more than half of the range."""
    return abs(bias[high] - bias[low]) > _SHARED * np.ptp(bias)


def passes(bias):
    """How often the bias goes through more than half of its range; 1 where it is in no order."""
    rows = turns(bias)
    if rows is None:
        return 1
    return sum(covers(bias, *pair) for pair in itertools.pairwise(rows))


def sweeps(bias):
    """Rows of each sweep, an array for each: long ways by themselves, the short ones of a loop that
    begins within the range together, by their direction."""
    rows = turns(bias)
    if rows is None:
        return [np.arange(bias.size)]
    found, short = [], {1: [], -1: []}
    for low, high in itertools.pairwise(rows):
        # The row where it turns belongs to both ways, unless there are two.
        way = np.arange(low + (bias[low + 1] == bias[low]), high + 1)
        if way.size < _LEAST_ROWS:
            # From the end of one sweep to the start of the next.
            continue
        if covers(bias, low, high):
            found.append(way)
        else:
            short[1 if bias[high] > bias[low] else -1].append(way)
    # Two halves of a loop are one sweep; what is left of a sweep that was broken off is none.
    for ways in short.values():
        together = np.concatenate(ways) if ways else np.zeros(0, dtype=int)
        if together.size and np.ptp(bias[together]) > _SHARED * np.ptp(bias):
            found.append(together)
    return found
