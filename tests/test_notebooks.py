"""The notebooks run as they stand."""

from pathlib import Path

import jax
import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


# They take half a minute each, and what they call is tested elsewhere.
@pytest.mark.slow
@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.stem) for path in sorted(NOTEBOOKS.glob("*.ipynb"))]
)
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
