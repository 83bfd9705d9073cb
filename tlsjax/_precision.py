"""Switches JAX to 64-bit floats: the results are good to nine digits, single precision holds 7.

JAX need not be imported for it: where it is not, it finds this setting in the environment once it
is, whoever imports it.
"""

import os
import sys

_VARIABLE = "JAX_ENABLE_X64"


def _switch_on():
    """Now if JAX is imported, or else when it will be; what the variable was, if it was set."""
    if "jax" in sys.modules:
        sys.modules["jax"].config.update("jax_enable_x64", True)
        return None
    before = os.environ.get(_VARIABLE, "")
    os.environ[_VARIABLE] = "true"
    return before


_before = _switch_on()


def settle():
    """Once JAX is imported: put the variable back, which programs started later would inherit."""
    global _before
    if _before is None or "jax" not in sys.modules:
        return
    if _before:
        os.environ[_VARIABLE] = _before
    else:
        os.environ.pop(_VARIABLE, None)
    _before = None
