"""Loops of many points side by side: each as if it were alone, and not all as long as the last."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tlsjax.numerics import lanes

POINTS = 100
LENGTHS = np.where(np.arange(POINTS) % 10 == 3, 40, np.arange(POINTS) % 7)


def _run(loop, count=None):
    """A logistic map, complex, of so many steps as each point has."""

    def step(theta, state):
        rate, _ = theta
        z, left = state
        if count is not None:
            jax.debug.callback(lambda _: count.append(1), left)
        return rate * z * (1 - z), left - 1

    def one(rate, left):
        state = 0.3 + 0.1j * rate / 4, left
        return loop(lambda state: state[1] > 0, step, (rate, jnp.ones(3)), state)

    return one


def _plain(unfinished, step, theta, state):
    return lax.while_loop(unfinished, lambda state: step(theta, state), state)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(lanes, "_FEW", 4)


@pytest.mark.parametrize("loop", [lanes.step_by_step, lanes.slow_ones_apart])
def test_every_point_as_if_it_were_alone(loop):
    rates = jnp.linspace(2.0, 3.5, POINTS)
    expected = [_run(_plain)(*pair) for pair in zip(rates, LENGTHS, strict=True)]
    z, left = jax.jit(jax.vmap(_run(loop)))(rates, LENGTHS)
    np.testing.assert_allclose(z, [z for z, _ in expected], rtol=1e-12)
    np.testing.assert_array_equal(left, 0)
    alone, _ = _run(loop)(rates[13], LENGTHS[13])
    assert alone == expected[13][0]


@pytest.mark.parametrize("loop", [lanes.step_by_step, lanes.slow_ones_apart])
def test_no_point_waits_for_the_slowest(loop):
    rates, counts = jnp.linspace(2.0, 3.5, POINTS), []
    for tried in (_plain, loop):
        count = []
        jax.block_until_ready(jax.vmap(_run(tried, count))(rates, LENGTHS))
        jax.effects_barrier()
        counts.append(len(count))
    # 4,000 steps against the 670 that are needed.
    assert counts[0] == POINTS * LENGTHS.max()
    assert LENGTHS.sum() <= counts[1] < counts[0] / 3


def test_in_turn():
    def function(table, x):
        return {"sum": table["a"] * x + table["b"], "b": table["b"]}

    table = {"a": jnp.arange(100.0), "b": jnp.float64(2.0)}
    axes = ({"a": 0, "b": None}, None)
    mapped = jax.vmap(lanes.in_turn(function), axes)
    found, expected = mapped(table, 3.0), jax.vmap(function, axes)(table, 3.0)
    np.testing.assert_array_equal(found["sum"], expected["sum"])
    np.testing.assert_array_equal(found["b"], expected["b"])
    slope = jax.jacfwd(lambda x: mapped(table, x)["sum"])(3.0)
    np.testing.assert_array_equal(slope, table["a"])
