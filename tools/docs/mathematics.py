"""LaTeX to MathML when the site is built: no script and no font from elsewhere at reading time."""

import html
import re

from math_core import LatexToMathML

# What Arithmatex leaves in its generic mode.
_INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>', re.DOTALL)
_DISPLAY = re.compile(r'<div class="arithmatex">\\\[\n?(.*?)\n?\\\]</div>', re.DOTALL)
_MACROS = {
    "sgn": r"\operatorname{sgn}",
    "e": r"\mathrm{e}",
    "i": r"\mathrm{i}",
    "kB": r"k_{\mathrm B}",
    "Tc": r"T_{\mathrm c}",
    "Nge": r"N_{\mathrm{ge}}",
    "epst": r"\tilde\varepsilon",
    "Delt": r"\tilde\Delta",
    "eps": r"\varepsilon",
}


def converted(content):
    """HTML with MathML in place of LaTeX; raises for LaTeX that is wrong."""
    converter = LatexToMathML(macros=_MACROS, fancy_error=False)

    def change(match, displaystyle):
        latex = html.unescape(match[1])
        try:
            return converter.convert_with_local_state(latex, displaystyle=displaystyle)
        except Exception as error:
            raise ValueError(f"LaTeX {latex!r}: {error}") from error

    content = _INLINE.sub(lambda match: change(match, False), content)
    return _DISPLAY.sub(lambda match: change(match, True), content)
