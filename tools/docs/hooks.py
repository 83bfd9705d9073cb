"""What mkdocs calls while it builds the site; see mkdocs.yml."""

import inspect
import re

import commands
import equations as table
import font
import mathematics
import rendered
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

_COMMANDS, _EQUATIONS, _NAMES = (f"<!-- {name} -->" for name in ("commands", "equations", "names"))
_known = {}


def on_config(config):
    _known["equations"], _known["references"] = table.read()
    # A page that other work adds; the list in mkdocs.yml cannot say "if it is there".
    if (table.DOCS / "explorer.md").exists() and "explorer.md" not in str(config.nav):
        config.nav.insert(3, {"Explorer": "explorer.md"})
    return config


def on_files(files, config):
    """What no file below docs/ is: pages of the notebooks, and a font."""
    files.append(File.generated(config, "assets/math.woff", content=font.woff()))
    for path in sorted(rendered.NOTEBOOKS.glob("*.ipynb")):
        place = f"notebooks/{path.stem}.md"
        files.append(File.generated(config, place, content=rendered.page(path.stem)))
    return files


def on_page_markdown(markdown, page, config, files):
    path, equations = page.file.src_uri, _known["equations"]
    if path == table.THEORY:
        markdown = table.in_theory(markdown, equations)
    if path.startswith("api/"):
        markdown = table.in_reference(markdown, path, equations, _known["references"])
    markdown = table.with_references(markdown, path, equations)
    for mark, make in (
        (_COMMANDS, commands.reference),
        (_EQUATIONS, lambda: table.index(path, equations)),
        (_NAMES, lambda: _names(config)),
    ):
        if mark in markdown:
            markdown = markdown.replace(mark, make())
    return markdown


def on_page_content(html, page, config, files):
    try:
        _plain_titles(page.toc)
        return mathematics.converted(html)
    except ValueError as error:
        raise PluginError(f"{page.file.src_uri}: {error}") from None


def _plain_titles(entries):
    for entry in entries:
        entry.title = mathematics.plain(entry.title)
        _plain_titles(entry.children)


def _names(config):
    """All public names, by page, each with the first sentence about it."""
    import tlsjax

    parts = []
    (pages,) = (item["API"] for item in config.nav if "API" in item)
    for place in pages:
        text = (table.DOCS / place).read_text()
        names = table.names_on(text)
        if not names:
            continue
        title = re.match(r"# (.*)", text)[1]
        parts.append(f"## [{title}]({place.removeprefix('api/')})\n")
        for name in names:
            value = getattr(tlsjax, name)
            said = "" if isinstance(value, float | tlsjax.Metal) else inspect.getdoc(value) or ""
            first = said.partition("\n")[0]
            parts.append(f"- {table.code(name)}{': ' if first else ''}{first}")
        parts.append("")
    return "\n".join(parts)
