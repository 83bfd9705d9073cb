"""The README's Python runs as it stands."""

import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent


# Spectra, one with its derivatives, a steady state, fits, scans, free energies, several kinds of
# impurities at once: nearly all of it compiling, and tested elsewhere every time.
LONG = (
    "niobium = tls.Superconductor(",
    "lead = tls.StrongCouplingHost(",
    "hot = tls.solve_spectrum(",
    "cavity = tls.Cavity(",
    "driven = tls.TLSEnsemble(",
    "oxygen = tls.fit(",
    "sweep = tls.TunnellingData(",
    "Tc = tls.Observable(",
    "bulk = tls.solve_thermodynamics(",
    "slope = jax.vmap(",
)


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_readme_code_runs(capsys, monkeypatch, whole):
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == 10
    paragraphs = [part for block in blocks for part in block.split("\n\n")]
    long = [part for part in paragraphs if any(start in part for start in LONG)]
    assert len(long) == len(LONG)
    scope = {}
    for part in paragraphs:
        if whole or part not in long:
            exec(compile(part, "README.md", "exec"), scope)
    printed = capsys.readouterr().out.splitlines()
    np.testing.assert_allclose(float(printed[0]), 1.0933672, atol=1e-7)
    np.testing.assert_allclose(float(printed[1]), 1.9772526, atol=1e-7)


def test_readme_commands_are_single_lines():
    blocks = re.findall(r"```\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    setup = [block for block in blocks if "venv" in block]
    assert [block.count("\n") for block in setup] == [1, 1]
    assert "tlsjax reproduce" in setup[0]
    assert "pytest" in setup[1]
