"""The font of the equations: STIX Two Math of the package ziamath (SIL Open Font License).

MathML needs a font with a table of mathematics: without one, as on many Linux machines, radicals
and indices are misplaced. A subset is a quarter of the size.
"""

import importlib.util
import io
from pathlib import Path

from fontTools import subset

# Not imported: only the file is wanted.
_PACKAGE = Path(importlib.util.find_spec("ziamath").origin).parent
SOURCE = _PACKAGE / "fonts" / "STIXTwoMath-Regular.ttf"
_RANGES = (
    (0x20, 0x17F),
    (0x370, 0x400),
    # Punctuation, arrows, operators.
    (0x2000, 0x2400),
    (0x27E8, 0x27EA),
    # Italic and bold letters.
    (0x1D400, 0x1D800),
)


def woff():
    """The font as bytes."""
    options = subset.Options(flavor="woff", layout_features=["ssty", "dtls", "kern"])
    font = subset.load_font(str(SOURCE), options)
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=[code for low, high in _RANGES for code in range(low, high)])
    chosen.subset(font)
    written = io.BytesIO()
    subset.save_font(font, written, options)
    return written.getvalue()
