import jax
import numpy as np
import pytest

import tlsjax  # noqa: F401  (switches JAX to 64 bits before anything is traced)


@pytest.fixture
def rng(request):
    """A generator seeded by the test's own name."""
    return np.random.default_rng(list(request.node.name.encode()))


@pytest.fixture(autouse=True, scope="module")
def _drop_compiled_programs():
    yield
    jax.clear_caches()
