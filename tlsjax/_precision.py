"""Switches JAX to 64-bit floats: the results are good to nine digits, single precision holds 7."""

import jax

jax.config.update("jax_enable_x64", True)
