"""Residuals of several data sets, each from programs of its own, against all in one program."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import tlsjax as tls
from tlsjax.fitting.evaluation import numbers
from tlsjax.fitting.parameters import arrange
from tlsjax.fitting.problem import Problem
from tlsjax.fitting.templates import as_template


@pytest.mark.slow
def test_data_sets_that_share_some_parameters_and_tie_others():
    T = np.linspace(1.0, 8.0, 7)
    datasets = tuple(
        tls.GapData(T, 1.4 - 0.01 * shift * T, error=0.02, label=label)
        for shift, label in ((0.0, "a"), (1.0, "b"))
    )
    template = as_template(tls.Glass(1.0))
    parameters, layout = arrange(
        datasets, template, free=(), fixed={"gap_ratio@b": 3.7}, bounds={},
        start={"alpha": 0.2}, tie={"Ec@b": "Ec@a"}, separate=("gap_ratio", "Ec"),
    )  # fmt: skip
    assert layout.free == ("alpha", "Ec@a", "Tc0", "gap_ratio@a")
    problem = Problem(datasets, template, parameters, layout)
    r, J, solved = problem.evaluate(problem.x)
    together = jax.jit(partial(numbers, layout, problem.settings))
    expected = together(
        jnp.asarray(problem.x), problem.fixed, datasets, problem.errors, template
    )  # fmt: skip
    assert solved
    assert bool(expected[2])
    np.testing.assert_allclose(r, expected[0], atol=1e-8)
    np.testing.assert_allclose(J, expected[1], atol=1e-7 * np.abs(J).max())
    # The other data set does not know this one's.
    assert np.all(J[T.size :, layout.free.index("gap_ratio@a")] == 0)
    assert np.all(np.abs(J[T.size :, layout.free.index("Ec@a")]) > 0)
