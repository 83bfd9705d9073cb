"""Notebooks as pages: their text from the notebooks themselves, their outputs as once executed.

    python tools/docs/rendered.py notebooks/04_spectra.ipynb ...   (all without an argument)

executes them and keeps what they print and draw, in docs/notebooks/NAME.json and its pictures;
that takes minutes, which a build of the site must not. The site puts both together. The file has
a digest of the code it came from, so that a test sees when it is old.
"""

import argparse
import base64
import hashlib
import io
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS, OUTPUTS = ROOT / "notebooks", ROOT / "docs" / "notebooks"
# Of a picture, and of a printed text in lines.
_COLOURS, _LINES = 128, 40


def cells(path):
    """``(kind, source)`` of the cells of a notebook."""
    notebook = json.loads(Path(path).read_text())
    return [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]


def digest(path):
    """Of the code of a notebook."""
    code = "\0".join(source for kind, source in cells(path) if kind == "code")
    return hashlib.sha256(code.encode()).hexdigest()


def kept(name):
    """What its last execution left of a notebook: the digest, and the outputs of each cell."""
    return json.loads((OUTPUTS / f"{name}.json").read_text())


def pictures(kept):
    """Names of its pictures."""
    return [item["picture"] for cell in kept["outputs"] for item in cell if "picture" in item]


def page(name):
    """Markdown of a notebook with its outputs."""
    path = NOTEBOOKS / f"{name}.ipynb"
    outputs, parts = iter(kept(name)["outputs"]), []
    for kind, source in cells(path):
        if kind == "markdown":
            parts.append(source)
            continue
        parts.append(f"```python\n{source}\n```")
        for output in next(outputs):
            if "picture" in output:
                parts.append(f"![A figure that the code above draws]({output['picture']})")
            else:
                parts.append(f"```output\n{output['text']}\n```")
    where = f"The notebook is `notebooks/{name}.ipynb`"
    parts.append(f'{where}; it needs `pip install ".[test]"` and Jupyter.')
    return "\n\n".join(parts)


def execute(path):
    """Run a notebook and keep its outputs."""
    import nbformat
    from nbclient import NotebookClient

    path = Path(path).resolve()
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=1200, kernel_name="python3", resources=resources).execute()
    for old in OUTPUTS.glob(f"{path.stem}_*.png"):
        old.unlink()
    count, outputs = 0, []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        found = []
        for output in cell.outputs:
            data = output.get("data", {})
            if "image/png" in data:
                count += 1
                name = f"{path.stem}_{count}.png"
                (OUTPUTS / name).write_bytes(_small(base64.b64decode(data["image/png"])))
                found.append({"picture": name})
            elif output.get("name") != "stderr":
                text = output.get("text") or data.get("text/plain", "")
                found.append({"text": _shortened(text)})
        outputs.append(found)
    text = json.dumps({"digest": digest(path), "outputs": outputs}, indent=1, ensure_ascii=False)
    (OUTPUTS / f"{path.stem}.json").write_text(text + "\n")


def _small(png):
    """The same picture in few colours: line drawings do not need more."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(_COLOURS)
    small = io.BytesIO()
    picture.save(small, format="png", optimize=True)
    return min(png, small.getvalue(), key=len)


def _shortened(text):
    # Names of temporary folders are nobody's business.
    text = re.sub(r"/tmp/[\w.-]+", "/tmp/...", text.rstrip())
    lines = text.splitlines()
    return "\n".join([*lines[:_LINES], "..."] if len(lines) > _LINES else lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("notebooks", nargs="*", type=Path)
    OUTPUTS.mkdir(exist_ok=True)
    for path in parser.parse_args().notebooks or sorted(NOTEBOOKS.glob("*.ipynb")):
        execute(path)


if __name__ == "__main__":
    main()
