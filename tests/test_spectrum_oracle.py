"""The spectrum against a plain calculation on a uniform grid of real energies."""

import numpy as np
import pytest
import spectrum_oracle

import tlsjax as tls

# The ladder of a delta distribution, and a sharp edge on the mesh.
CASES = {
    "delta": (tls.DeltaFunction, (1.0,), 0.5, 0.5),
    "glass": (tls.Glass, (3.0,), 0.5, 0.5),
}
# A step that resolves these spectra, with the energies compared on the grid. Half of it
# changes Delta by 1e-6 and less: what is left is the error of the window.
STEP = 0.04
INDEX = 3 * np.arange(51)


def plain(kind, window, Delta=None):
    """``(Delta, dos, pair_density)`` of the oracle at ``STEP * INDEX``."""
    _, parameters, T, T_tls = CASES[kind]
    arguments = kind, parameters, 1.0, T, T_tls, STEP, window
    Delta, _, dos, pairs = spectrum_oracle.solve(*arguments, Delta=Delta)
    return Delta, dos[INDEX], pairs[INDEX]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [pytest.param("delta", marks=pytest.mark.slow), "glass"])
def test_agrees_with_uniform_grid(kind):
    cls, parameters, T, T_tls = CASES[kind]
    population = None if T_tls == T else tls.EffectiveTemperature(T_tls)
    s = tls.solve_spectrum(tls.TLSEnsemble(1.0, cls(*parameters)), T, population).check()
    Delta, dos, pairs = s.order_parameter, s.dos(STEP * INDEX), s.pair_density(STEP * INDEX)

    def distance(window):
        found, dos_found, _ = plain(kind, window)
        return abs(found / Delta - 1), abs(dos_found / dos - 1).max()

    # Twice the window is 10 to 30 times closer to the fast path, three times for the glass,
    # as it has to be if the error is the oracle's.
    gap_30, dos_30 = distance(30.0)
    gap_60, dos_60 = distance(60.0)
    assert gap_30 < 2e-4
    assert dos_30 < 2e-3
    assert gap_60 < 1.5e-5
    assert dos_60 < 4e-4
    assert gap_60 < gap_30 / 2
    assert dos_60 < dos_30 / 2
    # At the same Delta, to the error of the window alone: up to 5e-5 and 1e-4 for the glass,
    # whose density of states is steepest.
    _, dos_found, pairs_found = plain(kind, 60.0, float(Delta))
    np.testing.assert_allclose(dos, dos_found, rtol=1e-4)
    np.testing.assert_allclose(pairs, pairs_found, atol=2e-4)
