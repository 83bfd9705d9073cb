"""The README's Python and the notebooks run as they stand."""

import re
from pathlib import Path

import jax
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent


def test_readme_code_runs(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == 4
    scope = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), scope)
    printed = capsys.readouterr().out.splitlines()
    np.testing.assert_allclose(float(printed[0]), 1.0933672, atol=1e-7)
    np.testing.assert_allclose(float(printed[1]), 1.9772526, atol=1e-7)


def test_readme_commands_are_single_lines():
    blocks = re.findall(r"```\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    setup = [block for block in blocks if "venv" in block]
    assert [block.count("\n") for block in setup] == [1, 1]
    assert "tlsjax reproduce" in setup[0]
    assert "pytest" in setup[1]


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
# The notebook's own processes warn about transports and event loops, not about tlsjax.
@pytest.mark.filterwarnings("default")
def test_notebook(path, monkeypatch):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", jax.config.jax_compilation_cache_dir)
    notebook = nbformat.read(path, as_version=4)
    assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code")
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=200, kernel_name="python3", resources=resources).execute()
    pictures = [
        output
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert pictures
