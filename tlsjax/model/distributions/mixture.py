"""A weighted sum of distributions: two species, or one species in two environments."""

import string
from typing import Any, Self

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from tlsjax.core.pytrees import parameters, show
from tlsjax.core.validation import Rule, fail, non_negative, require
from tlsjax.model.distributions.base import FAR, ORDER, Distribution


@parameters
class Mixture(Distribution):
    """``p(E) = sum_i w_i p_i(E) / sum_i w_i``.

    Parts may be of any kind, sharp ones too. By name the parameters of the first part end in
    ``_a``, those of the second in ``_b`` ...: ``weight_a``, ``E0_a``, ``Ec_b``.

    Parameters
    ----------
    *parts : pairs (weight, distribution)
        Weights are zero or more, and need not add up to one.

    Examples
    --------
    A fifth of the impurities have one splitting, the others those of a glass:

    >>> import tlsjax as tls
    >>> mixture = tls.Mixture((0.2, tls.DeltaFunction(E0=0.5)), (0.8, tls.Glass(Ec=3.0)))
    >>> print(f"{tls.critical_temperature(tls.TLSEnsemble(1.0, mixture)):.6f}")
    1.136353
    """

    parts: tuple

    def __init__(self, *parts: Any) -> None:
        for index, part in enumerate(parts):
            pair = isinstance(part, tuple | list) and len(part) == 2
            if not pair or not isinstance(part[1], Distribution):
                fail(f"parts[{index}]", "a pair (weight, distribution)", repr(part))
        object.__setattr__(self, "parts", tuple((weight, one) for weight, one in parts))
        self.__post_init__()

    def __repr__(self):
        return f"Mixture({', '.join(f'({show(w)}, {part!r})' for w, part in self.parts)})"

    def rules(self) -> tuple:
        if not self.parts:
            fail("parts", "one pair (weight, distribution) or more", "none")
        rules = []
        for index, (weight, part) in enumerate(self.parts):
            rules += [non_negative(f"parts[{index}][0]", weight), *part.rules()]
        # Raises for a weight that is no number before they are added.
        require(*rules)
        total = sum(weight for weight, _ in self.parts)
        return (*rules, Rule("weights", "positive in sum", (total,), lambda w: w > 0))

    def components(self) -> tuple:
        total = sum(weight for weight, _ in self.parts)
        return tuple(
            (weight / total * inner, component)
            for weight, part in self.parts
            for inner, component in part.components()
        )

    @property
    def is_sharp(self) -> bool:
        """Whether every part is."""
        return all(part.is_sharp for _, part in self.parts)

    def pdf(self, E: ArrayLike) -> jax.Array:
        """Density at ``E``, any shape; infinite where a part is sharp."""
        return sum(weight * part.pdf(E) for weight, part in self.components())

    def features(self) -> tuple:
        found = []
        for _, part in self.components():
            for position, width in part.features():
                at = part.energy(position)
                edge = isinstance(width, float) and width == 0.0
                found.append((at, width if edge else part.energy(position + width) - at))
        return tuple(found)

    def quadrature(
        self, T: ArrayLike, order: int = ORDER, far: float = FAR
    ) -> tuple[jax.Array, jax.Array]:
        rules = [(weight, *part.quadrature(T, order, far)) for weight, part in self.components()]
        nodes = jnp.concatenate([E for _, E, _ in rules])
        return nodes, jnp.concatenate([weight * dE for weight, _, dE in rules])

    def static_coupling(self, E: ArrayLike, weight: ArrayLike, T: ArrayLike) -> jax.Array:
        del E, weight
        parts = ((w, part, *part.quadrature(T)) for w, part in self.components())
        return sum(w * part.static_coupling(E, dE, T) for w, part, E, dE in parts)

    def numbers(self) -> dict:
        found = {}
        for letter, (weight, part) in zip(string.ascii_lowercase, self.parts, strict=False):
            found[f"weight_{letter}"] = weight
            found |= {f"{name}_{letter}": value for name, value in part.numbers().items()}
        return found

    def replace(self, **values: ArrayLike) -> Self:
        parts = []
        for letter, (weight, part) in zip(string.ascii_lowercase, self.parts, strict=False):
            own = {n: values[f"{n}_{letter}"] for n in part.numbers() if f"{n}_{letter}" in values}
            parts.append((values.get(f"weight_{letter}", weight), part.replace(**own)))
        return Mixture(*parts)

    def rescaled(self, factor: ArrayLike) -> Self:
        return Mixture(*((weight, part.rescaled(factor)) for weight, part in self.parts))
