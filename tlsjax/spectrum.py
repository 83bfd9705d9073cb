"""The quasiparticle spectrum, in and out of TLS equilibrium."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.collocation import propagators
from tlsjax.compact import axis_or_default, coarser
from tlsjax.domain import Rule, fail, holds, positive, require
from tlsjax.ensemble import TLSEnsemble, require_ensemble
from tlsjax.fixed_point import fixed_point
from tlsjax.line import Line, line_problem, solve_matsubara_given
from tlsjax.linear import solve
from tlsjax.parameters import register, show
from tlsjax.poles import pole_table
from tlsjax.populations import Thermal, as_population
from tlsjax.real_axis import RealAxis, solve_real_axis, static_rungs
from tlsjax.real_time import line_axis, line_or_default
from tlsjax.status import Status, is_ok, name_of, nan_unless, raise_unless_ok

# The line's fixed point takes 12 to 30 turns up to alpha of a few; what needs 400 is lost.
MAX_STEPS = 400
# On the last change of ``v zeta`` and Delta^2. The errors of the line itself are some 1e-7.
TOLERANCE = 1e-8
# Panels of the real-axis mesh; half as many give the error estimate. At T = 0.2 Tc0 and
# alpha = 1, where edges are some 1e-3 wide, 80 leave the sum rule 1e-5 and N(epsilon) 1e-6 off.
PANELS = 80
# Residual of the real-axis equations above which they count as unsolved. A solve ends at
# 1e-11 or at rounding, whichever comes first.
_LARGEST_RESIDUAL = 1e-7
# Highest energy, in units of the line's reach, that Delta and the splittings may have.
_RESOLVED = 1 / 6


@partial(register, static=("line",))
@dataclass(frozen=True, repr=False)
class Spectrum:
    """Order parameter and retarded functions of a superconductor at real energies.

    Energies are in units of ``k_B Tc0``, densities of states in units of the normal one. The
    methods take energies of any sign and shape and are differentiable in them too.

    Attributes
    ----------
    order_parameter : scalar, Delta; exactly 0 in the normal state, NaN if the solve failed.
    status, iterations : int32 scalars.
    residual : scalar, largest violation of the equations, relative to their terms.
    error : scalar, estimated absolute error of ``order_parameter``; see `dos_error` for the
        density of states.
    ensemble, T, population, resolution : what was solved.
    """

    order_parameter: jax.Array
    status: jax.Array
    iterations: jax.Array
    residual: jax.Array
    error: jax.Array
    ensemble: TLSEnsemble
    T: jax.Array
    population: Any
    resolution: jax.Array
    fine: RealAxis
    coarse: RealAxis
    line: Any

    def __repr__(self):
        names = ("order_parameter", "error", "T", "population", "ensemble", "residual")
        pairs = (f"{name}={show(getattr(self, name))}" for name in names)
        return f"Spectrum({name_of(self.status)}, {', '.join(pairs)})"

    def check(self):
        """Return self; raise `ConvergenceError` if this is not an answer."""
        raise_unless_ok(self.status, "Spectrum")
        return self

    def dos(self, energy):
        """Density of states ``N(epsilon)/N_f = Im g`` (paper, Eq. 53), even in energy."""
        return self._at(energy, "dos")

    def pair_density(self, energy):
        """Spectrum of pairs ``P(epsilon)/N_f = Im f`` (Eq. 54), odd in energy."""
        return self._at(energy, "pair_density")

    def sigma_epsilon(self, energy):
        """Retarded ``Sigma_epsilon`` (Eq. 55), complex, elastic part included."""
        return self._at(energy, "sigma_epsilon")

    def sigma_delta(self, energy):
        """Retarded ``Sigma_Delta`` (Eq. 55), complex, elastic part included."""
        return self._at(energy, "sigma_delta")

    def dos_error(self, energy):
        """Estimated absolute error of `dos`: its distance to a calculation half as fine."""
        return self._at(energy, "dos_error")

    def _at(self, energy, what):
        require(Rule("energy", "finite", (energy,), np.isfinite))
        return _evaluate(self, energy, what)

    @property
    def energy(self):
        """(N,) ascending positive energies that resolve the spectrum: `dos` drawn over these
        shows every peak. They are the nodes of a quadrature with weights ``energy_weights``."""
        return jnp.pi * self.T * self.fine.mesh.nodes

    @property
    def energy_weights(self):
        """(N,) such that ``energy_weights @ F(energy)`` integrates F over positive energies."""
        return jnp.pi * self.T * self.fine.mesh.weights

    @property
    def gap_edge(self):
        """Lowest energy with ``Re Delta(epsilon) = epsilon``; 0 where there is none.

        ``Delta(epsilon) = epsilon Delta_tilde/epsilon_tilde`` is the gap function. In the clean
        superconductor this is Delta; states below it are pair-broken or thermal. Features
        below the edge that are narrower than a hundredth of Delta are not looked at.
        """
        return _gap_edge(self)

    @property
    def real_axis_order_parameter(self):
        """Delta from the gap equation on the real axis, an independent check.

        ``Delta = int_0^c tanh(epsilon/2T) Im f / [ln(T/Tc0) + int_0^c tanh(epsilon/2T)/epsilon]``
        with ``c`` the end of the mesh (section 4b of the theory): the right-hand side of the
        gap equation with the pair spectrum found here. It equals ``order_parameter``, which
        comes from the Matsubara sum, as far as both are right. In the normal state 0.
        """
        return _real_axis_order_parameter(self)


def solve_spectrum(
    ensemble,
    T,
    population=None,
    *,
    resolution=0.0,
    axis=None,
    line=None,
    panels=PANELS,
    max_steps=MAX_STEPS,
):
    """Solve for the order parameter and the quasiparticle spectrum.

    The retarded equations of the paper (Eqs. 52-56, 73), electrons thermal at ``T``, impurities
    in any population:

        epsilon~ = epsilon - Sigma_epsilon,   Delta~ = Delta + Sigma_Delta
        g = epsilon~/sqrt(Delta~^2 - epsilon~^2),   f = Delta~/sqrt(Delta~^2 - epsilon~^2)
        Delta ln(T/Tc0) = int_0^inf depsilon tanh(epsilon/2T) [Im f - Delta/epsilon]

    Parameters
    ----------
    ensemble : TLSEnsemble
    T : float
        Temperature of the electrons in units of Tc0, from about 0.02 up.
    population : population or callable, optional
        `Thermal` (default), `EffectiveTemperature` (hotter or colder than T, infinite or
        inverted), `GroundState` (both here mean N_g and N_e of two-level systems, not the
        oscillators of `solve_matsubara`), or a function ``N_ge(E)``, see `Population`.
    resolution : float
        Width eta of a Lorentzian through which the density of states is seen, exactly, in
        units of ``k_B Tc0`` and below ``pi T``.
    axis : CompactAxis, optional
        Matsubara frequencies, see `compact_axis`.
    line : LineAxis, optional
        Energies of the solve for Delta, see `line_axis`.
    panels : int
        Of the mesh on the real axis, even; the error of the density of states falls quickly
        with it.
    max_steps : int
        Of the fixed point out of equilibrium.

    Returns
    -------
    Spectrum
        A failed solve has a status, and NaN where numbers would be; ``.check()`` raises.

    Notes
    -----
    Out of equilibrium the gap equation could have several solutions. The residual of the gap
    equation, as a function of Delta, was traced from 8 to 0.01 for delta, glass, Lorentzian and
    modified Wipf-Neumaier distributions, alpha = 1 and 8, T = 0.1 and 0.7 and populations
    from colder than the electrons through infinite temperature to inverted: wherever the
    self energies converge and the impurities do not pair by themselves it falls monotonically,
    so that there is one non-zero solution where the normal state is unstable and none where it
    is stable. The iteration starts from above and returns that one.

    Raises
    ------
    ValueError
        For arguments outside their domain (not inside transformations).

    Examples
    --------
    >>> import tlsjax as tls
    >>> ensemble = tls.TLSEnsemble(alpha=1.0, splittings=tls.Glass(Ec=3.0))
    >>> hot = tls.solve_spectrum(ensemble, 0.2, tls.EffectiveTemperature(2.5)).check()
    >>> print(f"{hot.order_parameter:.4f} {hot.dos(0.0):.4f}")
    1.6346 0.3362
    """
    require_ensemble(ensemble)
    population = as_population(population)
    rules = _rules(ensemble, T, population, resolution)
    require(*rules)
    if not isinstance(panels, int) or panels < 16 or panels % 2:
        fail("panels", "an even integer from 16", repr(panels))
    line = line_or_default(line)
    rungs = static_rungs(ensemble, T)
    axis = axis_or_default(axis)
    return _solve(ensemble, T, population, resolution, axis, line, panels, max_steps, rungs)


def _rules(ensemble, T, population, resolution):
    def below(eta, T):
        return (eta >= 0) & (eta < np.pi * T)

    text = "zero or more and below pi T"
    width = Rule("resolution", text, (resolution, T), below, ("T",), scalar=True)
    return (*ensemble.rules(), *population.rules(), positive("T", T), width)


@partial(jax.jit, static_argnums=(4, 5, 6, 7, 8))
def _solve(ensemble, T, population, resolution, axis, line, panels, max_steps, rungs):
    T = jnp.asarray(T, dtype=float)
    resolution = jnp.asarray(resolution, dtype=float)
    valid = holds(*_rules(ensemble, T, population, resolution))
    problem = (ensemble, T, population, resolution)
    table, matsubara, status, steps, size, y = _solve_for_delta(problem, axis, line, max_steps)
    X, normal = matsubara.unknowns[-1], matsubara.normal

    half = coarser(axis)[0], line_axis(line.points // 2)
    coarse_table, coarse_matsubara = _coarse_delta(stop_gradient((problem, y)), *half)
    coarse_X = coarse_matsubara.unknowns[-1]
    given = (ensemble, T, population, table, X)
    real, coarse = solve_real_axis(given, (coarse_table, coarse_X), panels, line, rungs)

    root_X = jnp.sqrt(jnp.where(normal, 1.0, X))
    delta = jnp.where(normal, 0.0, jnp.pi * T * root_X)
    error = jnp.abs(delta - jnp.pi * T * jnp.sqrt(coarse_X))
    largest = jnp.maximum(delta, _largest_splitting(ensemble.splittings))
    out = largest > _RESOLVED * line.reach * jnp.pi * T
    unsolved = ~(real.residual < _LARGEST_RESIDUAL)
    status = jnp.where(is_ok(status) & unsolved, Status.MAX_STEPS, status)
    status = jnp.where((status == Status.CONVERGED) & normal, Status.NORMAL, status)
    status = jnp.where(
        out & (is_ok(status) | (status == Status.MAX_STEPS)), Status.OUT_OF_RANGE, status
    )
    status = jnp.where(valid, status, Status.INVALID).astype(jnp.int32)
    answer = is_ok(status)
    return Spectrum(
        order_parameter=nan_unless(answer, delta),
        status=status,
        iterations=steps,
        residual=stop_gradient(jnp.maximum(real.residual, size)),
        error=nan_unless(answer, stop_gradient(error) + axis.tolerance * delta),
        ensemble=ensemble,
        T=T,
        population=population,
        resolution=resolution,
        fine=real,
        coarse=coarse,
        line=line,
    )


def _largest_splitting(splittings):
    """Energy that the line has to resolve: the outermost feature of the distribution."""
    positions = [jnp.max(splittings.energy(position)) for position, _ in splittings.features()]
    return stop_gradient(jnp.max(jnp.stack(positions)))


def _solve_for_delta(problem, axis, line, max_steps):
    """Order parameter and Matsubara propagators, and what the real axis needs of them."""
    ensemble, T, population, resolution = problem
    line_of = line_problem(ensemble, T, population, axis, line)
    if isinstance(population, Thermal):
        matsubara, y = _in_equilibrium(line_of, axis, line), None
        size, status, steps = jnp.asarray(0.0), matsubara.status, matsubara.steps
    else:
        matsubara, size, status, steps, y = _out_of_equilibrium(line_of, axis, line, max_steps)
    table = pole_table(matsubara, line_of.kernels, line, resolution / (jnp.pi * T))
    return table, matsubara, status, steps, size, y


def _coarse_delta(given, axis, line):
    """What `_solve_for_delta` finds on a line that ends at half the reach.

    Out of equilibrium by one turn from the solution, cut there: the rest of the iteration
    would change the difference by a fraction of itself.
    """
    (ensemble, T, population, resolution), y = given
    line_of = line_problem(ensemble, T, population, axis, line)
    if y is None:
        matsubara = _in_equilibrium(line_of, axis, line)
    else:
        equations = Line(axis, line)
        y = equations.cut(y)
        signals, _ = equations.signals(*equations.unpack(equations(y, line_of), line_of))
        matsubara = equations.matsubara(signals, line_of)
    return pole_table(matsubara, line_of.kernels, line, resolution / (jnp.pi * T)), matsubara


def _in_equilibrium(problem, axis, line):
    # Nothing breaks pairs: the Matsubara axis is closed.
    none = (jnp.zeros((2, axis.nu.size)), jnp.zeros((2, len(line.n))))
    return solve_matsubara_given(none, problem, axis, line)


def _out_of_equilibrium(problem, axis, line, max_steps):
    equations = Line(axis, line)
    # From above: no population makes Delta larger than this by much, and what lies below
    # would be a smaller solution.
    start = equations.start(2.0)
    tolerance = jnp.asarray(TOLERANCE)
    y, size, status, steps = fixed_point(equations, max_steps, start, tolerance, problem)
    signals, _ = equations.signals(*equations.unpack(y, problem))
    matsubara = equations.matsubara(signals, problem)
    status = jnp.where(status == Status.CONVERGED, matsubara.status, status)
    return matsubara, size, status, steps, y


@partial(jax.jit, static_argnums=2)
def _evaluate(spectrum, energy, what):
    energy = jnp.asarray(energy, dtype=float)
    flat = energy.ravel()
    # The density of one energy costs a row of a large matrix: take them in blocks.
    values = _in_blocks(partial(_VALUES[what], spectrum), flat)
    return nan_unless(is_ok(spectrum.status), values.reshape(energy.shape))


def _in_blocks(function, x, size=256):
    count = -(-x.shape[0] // size)
    if count <= 1:
        return function(x)
    padded = jnp.concatenate([x, jnp.zeros(count * size - x.shape[0])]).reshape(count, size)
    return jax.lax.map(function, padded).ravel()[: x.shape[0]]


def _on(real, energy):
    """Self energies and propagators at energies of any sign, the mirror undone by conj."""
    x = energy / (jnp.pi * real.T)
    epsilon, delta = real.self_energies(jnp.abs(x))
    fields = (epsilon, delta, *propagators(epsilon, delta, real.X))
    return x, tuple(jnp.where(x < 0, jnp.conj(field), field) for field in fields)


def _dos(spectrum, energy):
    _, (_, _, gamma, _) = _on(spectrum.fine, energy)
    return gamma.real


def _dos_error(spectrum, energy):
    # Of both propagators, real and imaginary parts: one of them alone may agree by accident.
    (_, fine), (_, coarse) = (_on(real, energy) for real in (spectrum.fine, spectrum.coarse))
    (gamma, phi), (gamma_c, phi_c) = fine[2:], coarse[2:]
    return jnp.abs(gamma - gamma_c) + jnp.sqrt(spectrum.fine.X) * jnp.abs(phi - phi_c)


def _pair_density(spectrum, energy):
    _, (_, _, _, phi) = _on(spectrum.fine, energy)
    return spectrum.order_parameter / (jnp.pi * spectrum.T) * phi.imag


def _elastic(spectrum):
    rate = spectrum.ensemble.elastic_rate
    return 0.0 if rate is None else rate / spectrum.T


def _sigma_epsilon(spectrum, energy):
    x, (epsilon, _, gamma, _) = _on(spectrum.fine, energy)
    zeta = spectrum.fine.table.height - 1j * x
    return 1j * jnp.pi * spectrum.T * (zeta - epsilon - _elastic(spectrum) * gamma)


def _sigma_delta(spectrum, energy):
    _, (_, delta, _, phi) = _on(spectrum.fine, energy)
    return spectrum.order_parameter * (delta - 1 + _elastic(spectrum) * phi)


_VALUES = {
    "dos": _dos,
    "dos_error": _dos_error,
    "pair_density": _pair_density,
    "sigma_epsilon": _sigma_epsilon,
    "sigma_delta": _sigma_delta,
}


@jax.jit
def _real_axis_order_parameter(spectrum):
    real = spectrum.fine
    x, weights, edges = real.mesh.nodes, real.mesh.weights, real.mesh.edges
    end = jnp.max(jnp.where(edges < real.table.reach, edges, 0.0))
    thermal = jnp.where(x < end, weights, 0.0) * jnp.tanh(jnp.pi * x / 2)
    _, phi = real.propagators
    clean = 1 / jnp.sqrt(real.X - x**2 + 0j)
    # Beyond the end Im f - Im f_BCS = Delta (A + B ln x)/x^3: fit both to its last part.
    share = jnp.where((x > end / 4) & (x < end), weights / x, 0.0)
    basis = jnp.stack([jnp.ones_like(x), jnp.log(x / end)])
    rest = (phi.imag - jnp.abs(clean.imag)) * x**3
    A, B = solve((share * basis) @ basis.T, (share * basis) @ rest)
    # int_end^inf of 1/sqrt(x^2-X) - 1/x, and of the fit.
    beyond = jnp.log(2 / (1 + jnp.sqrt(1 - real.X / end**2))) + (A + B / 2) / (2 * end**2)
    cut = thermal @ jnp.where(x < end, 1 / x, 0.0)
    return spectrum.order_parameter * (thermal @ phi.imag + beyond) / (jnp.log(spectrum.T) + cut)


@jax.jit
def _gap_edge(spectrum):
    real = spectrum.fine
    u0 = jnp.sqrt(real.X)

    def excess(x):
        epsilon, delta = real.self_energies(x)
        return u0 * (delta / epsilon).imag - 1

    def narrow(bracket, _):
        low, high = bracket
        x = low + (high - low) * jnp.linspace(0.0, 1.0, 17)
        return _first_fall(x, excess(x)), None

    x = jnp.linspace(0.0, 3.0, 257)[1:] * stop_gradient(u0 + (u0 == 0))
    bracket = _first_fall(x, excess(x))
    found = bracket[1] > bracket[0]
    (low, high), _ = jax.lax.scan(narrow, bracket, None, length=7)
    edge = stop_gradient((low + high) / 2)
    value, slope = jax.jvp(lambda x: excess(x[None])[0], (edge,), (jnp.ones_like(edge),))
    # One Newton step carries the derivative of the root.
    edge = edge - value / stop_gradient(jnp.where(slope == 0, 1.0, slope))
    edge = jnp.where(found & (real.X > 0), edge * jnp.pi * real.T, 0.0)
    return nan_unless(is_ok(spectrum.status), edge)


def _first_fall(x, value):
    """The pair of neighbours in ``x`` where ``value`` first turns negative; equal if never."""
    fall = (value[:-1] > 0) & (value[1:] <= 0)
    index = jnp.argmax(fall)
    found = jnp.any(fall)
    return x[index], jnp.where(found, x[index + 1], x[index])
