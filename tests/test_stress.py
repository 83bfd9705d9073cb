"""jaxlib 0.10 deadlocks on a two-core CPU when two batched factorisations meet.

With plain `jnp.linalg.solve` this program hung at once; `tlsjax.numerics.linear` says why. A hang
cannot be caught inside a process, so the run is a process of its own with a time limit,
as a user would start it: several observables and their gradients in one batch.
"""

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import pytest

import tlsjax as tls

PROGRAM = """
import jax, numpy as np, tlsjax as tls
rng = np.random.default_rng(0)

def observables(alpha, J, T):
    sample = tls.TLSEnsemble(alpha, tls.Lorentzian(J, 0.1))
    induced = tls.induced_critical_temperature(tls.DeltaFunction(0.2 * J))
    return tls.order_parameter(sample, T) + tls.critical_temperature(sample) + induced

run = jax.jit(jax.vmap(jax.value_and_grad(observables, argnums=(0, 1))))
for _ in range(20):
    value, gradient = run(rng.uniform(0, 5, 64), rng.uniform(0.1, 3, 64), rng.uniform(0.02, 1, 64))
    assert np.isfinite(value).all() and np.isfinite(gradient[1]).all()
print("20 rounds of 64 lanes")
"""


# Half a minute of compiling; what avoids the hang, a batch that is not one, is tested below.
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_repeated_batches_never_hang():
    # The process as a user has it: no flag that might avoid the hang.
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("JAX", "XLA"))}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=clean, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "20 rounds of 64 lanes"


def test_gpu_programs_factorise_in_one_batch():
    """Without a GPU the program can still be lowered for one: a batch stays a batch."""

    def gap(alpha):
        return tls.order_parameter(tls.TLSEnsemble(alpha, tls.Glass(3.0)), 0.5)

    batch = jax.jit(jax.vmap(jax.value_and_grad(gap))).trace(jnp.ones(8))
    cuda = batch.lower(lowering_platforms=("cuda",)).as_text()
    assert "cusolver_getrf" in cuda
    # K values of v, the constant part and the square.
    size = tls.compact_axis().n.size + 2
    assert f"tensor<8x{size}x{size}xf64>" in cuda[cuda.index("@cusolver_getrf") :]
    cpu = batch.lower(lowering_platforms=("cpu",)).as_text()
    assert f"tensor<{size}x{size}xf64>" in cpu[cpu.index("@lapack_dgetrf") :]
    assert "cusolver" not in cpu
