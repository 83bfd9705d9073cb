"""Studies of many random sets, whole or in parts that run beside each other.

``TLSJAX_DRAWS=200`` is how many sets of each kind a study has, ``TLSJAX_SHARD=3/14`` the third of
fourteen parts. Each set has a seed of its own, so that the parts together are the whole.
"""

import os

import numpy as np


def draws(default):
    """How many sets of each kind."""
    return int(os.environ.get("TLSJAX_DRAWS", default))


def parts():
    """``(which part, of how many)``, from one on."""
    which, _, count = os.environ.get("TLSJAX_SHARD", "1/1").partition("/")
    assert 1 <= int(which) <= int(count), "TLSJAX_SHARD is like 3/14"
    return int(which), int(count)


def sets(count, *seed):
    """``(number, generator)`` of those of ``count`` sets that belong to this part."""
    which, of = parts()
    return [(k, np.random.default_rng([*seed, k])) for k in range(which - 1, count, of)]


def coverage(fits, truth, count):
    """Assert that two reported errors hold the truth as often as they say, of ``count`` sets in
    all; of a part of the study only print how often."""
    hits = np.array([
        abs(result[name] - value) < 2 * result.parameters[name].error
        for result in fits
        for name, value in truth.items()
    ])  # fmt: skip
    part = "/".join(map(str, parts()))
    print(f"part {part}: {len(fits)} sets, {hits.sum()} of {hits.size} within two errors")
    if parts()[1] == 1:
        # Of 50 sets the share itself is good to 2 %, of 200 to 1 %.
        low, high = (0.92, 0.98) if count >= 200 else (0.90, 0.99)
        assert low <= hits.mean() <= high


def slow_noise(rng, size, rho):
    """Unit noise with ``rho^k`` between points k apart."""
    noise = rng.normal(size=size)
    for i in range(1, size):
        noise[i] = rho * noise[i - 1] + np.sqrt(1 - rho**2) * noise[i]
    return noise
