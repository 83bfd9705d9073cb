"""Equations of docs/theory.md and the names that solve them: one table, links in both directions.

The table is docs/equations.toml. An equation is a block of display mathematics that ends with
``\\label{name}``; it gets the number (section.count), the anchor ``eq-name`` and a line with its
functions. ``\\eqref{name}`` in the text of any page is a link to it. Nothing here needs mkdocs.
"""

import posixpath
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
THEORY = "theory.md"

_SECTION = re.compile(r"## (\d+)\. ")
_LABEL = re.compile(r"\\label\{([^}]*)\}")
_DISPLAY = re.compile(r"^\$\$\n(.*?)\n\$\$$", re.DOTALL | re.MULTILINE)
_REFERENCE = re.compile(r"\\eqref\{([^}]*)\}")
_DIRECTIVE = re.compile(r"^::: tlsjax\.(\w+)$", re.MULTILINE)


@dataclass(frozen=True)
class Equation:
    """One row of the table, and its number on the page."""

    label: str
    number: str
    title: str
    names: tuple[str, ...]


def labels(text):
    """``{label: number}`` of the numbered equations of a page, in their order."""
    found, section, count = {}, None, 0
    for line in text.splitlines():
        if match := _SECTION.match(line):
            section, count = match[1], 0
        for label in _LABEL.findall(line):
            count += 1
            if section is None or label in found:
                raise ValueError(
                    f"{THEORY}: equation {label} has no section, or stands there twice"
                )
            found[label] = f"{section}.{count}"
    return found


def read():
    """``(equations, references)``: `Equation` by label, and for other names where they are from."""
    table = tomllib.loads((DOCS / "equations.toml").read_text())
    numbers = labels((DOCS / THEORY).read_text())
    rows = table["equations"]
    if set(rows) != set(numbers):
        odd = sorted(set(rows) ^ set(numbers))
        raise ValueError(f"docs/equations.toml and docs/{THEORY} do not agree on {', '.join(odd)}")
    equations = {
        label: Equation(label, number, rows[label]["title"], tuple(rows[label]["names"]))
        for label, number in numbers.items()
    }
    return equations, table["references"]


def of_name(name, equations):
    """The equations that ``name`` solves, or is part of."""
    return [equation for equation in equations.values() if name in equation.names]


def _path_to(target, page):
    return posixpath.relpath(target, posixpath.dirname(page) or ".")


def link(equation, page, text=None):
    """Markdown link to an equation from ``page``, a path below docs/."""
    place = "" if page == THEORY else _path_to(THEORY, page)
    return f"[{text or f'({equation.number})'}]({place}#eq-{equation.label})"


def code(name):
    """Markdown link to a public name."""
    return f"[`{name}`][tlsjax.{name}]"


def in_theory(text, equations):
    """The theory page with numbers, anchors and names."""

    def numbered(match):
        body = match[1]
        found = _LABEL.search(body)
        if not found:
            return match[0]
        equation = equations[found[1]]
        body = _LABEL.sub("", body).rstrip()
        names = ", ".join(map(code, equation.names))
        return (
            f'<div class="equation" id="eq-{equation.label}" markdown>\n'
            f'<div class="equation-body" markdown>\n\n$$\n{body}\n$$\n\n</div>\n\n'
            f"[({equation.number})](#eq-{equation.label})\n{{ .equation-number }}\n\n"
            f"</div>\n\n{equation.title}: {names}\n{{ .equation-names }}"
        )

    return _DISPLAY.sub(numbered, text)


def with_references(text, page, equations):
    """Any page with links where it says ``\\eqref{...}``."""
    return _REFERENCE.sub(lambda match: link(equations[match[1]], page), text)


def in_reference(text, page, equations, references):
    """A page of the API reference with what each of its names solves below it."""

    def below(match):
        name = match[1]
        found = of_name(name, equations)
        said = [link(e, page, f"({e.number}) {e.title}") for e in found]
        if name in references:
            said.append(references[name].replace("(docs/", f"({_path_to('.', page)}/"))
        if not said:
            raise ValueError(f"{name} has no equation and no reference in docs/equations.toml")
        head = "Equations" if len(found) > 1 else "Equation" if found else "Reference"
        return f"{match[0]}\n\n{head}: {'; '.join(said)}\n{{ .equation-names }}\n"

    return _DIRECTIVE.sub(below, text)


def index(page, equations):
    """A table of all equations."""
    rows = ["| | equation | in code |", "|---|---|---|"]
    for equation in equations.values():
        names = ", ".join(map(code, equation.names))
        rows.append(f"| {link(equation, page)} | {equation.title} | {names} |")
    return "\n".join(rows)


def names_on(text):
    """Public names that a page of the API reference has, in its order."""
    return _DIRECTIVE.findall(text)
