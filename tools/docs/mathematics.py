"""LaTeX to MathML when the site is built: no script and nothing from elsewhere at reading time."""

import html
import re

from math_core import LatexToMathML

# What Arithmatex leaves in its generic mode.
_INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>', re.DOTALL)
_DISPLAY = re.compile(r'<div class="arithmatex">\\\[\n?(.*?)\n?\\\]</div>', re.DOTALL)
_IN_TITLES = re.compile(r"\\\((.*?)\\\)")
_TAG = re.compile(r"<[^>]*>")


def _mathml(latex, displaystyle):
    try:
        converter = LatexToMathML(fancy_error=False)
        return converter.convert_with_local_state(latex, displaystyle=displaystyle)
    except Exception as error:
        raise ValueError(f"LaTeX {latex!r}: {error}") from error


def converted(content):
    """HTML with MathML in place of LaTeX; raises for LaTeX that is wrong."""
    content = _INLINE.sub(lambda match: _mathml(html.unescape(match[1]), False), content)
    return _DISPLAY.sub(lambda match: _mathml(html.unescape(match[1]), True), content)


def plain(title):
    """A heading as text, for tables of contents."""
    return _IN_TITLES.sub(lambda match: _TAG.sub("", _mathml(match[1], False)), title)
