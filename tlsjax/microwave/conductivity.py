"""Complex conductivity of a solved spectrum."""
import jax, jax.numpy as jnp, numpy as np
from tlsjax.microwave.fields import retarded_fields
from tlsjax.microwave.integral import POINTS, response

def of_green(green, omega, wavenumber, rate, points=POINTS):
    fields = retarded_fields(green)
    unit = green.unit
    x = omega/unit
    s = 1/(1+2*rate/unit)
    g = 1-s
    def one(x, q):
        return response(fields, x, None if wavenumber is None else q/unit, s, g, points)
    if wavenumber is None:
        found = jax.lax.map(lambda x: one(x, None), x, batch_size=16)
    else:
        found = jax.lax.map(lambda a: one(*a), (x, wavenumber), batch_size=16)
    return g*found
