"""Texts above pictures are all there to read."""

import pytest

from tlsjax.plotting.style import headline, new_figure, save

WORDS = "n0 of Glass in a WeakCouplingHost over alpha; Ec=0.9, Tc0=1, magnetic=0, dynes=0, T=0.047"


@pytest.mark.parametrize(("text", "lines"), [("Nb", 1), (WORDS, 2), ("MAW " * 25, 3)])
@pytest.mark.parametrize("size", [8, 10])
def test_they_fit_the_picture(tmp_path, text, lines, size):
    figure, ((axes,),) = new_figure()
    axes.plot([0, 1])
    headline(figure, text, size)
    save(figure, tmp_path / "picture")
    box, whole = figure.texts[0].get_window_extent(), figure.bbox
    assert whole.x0 < box.x0 < box.x1 < whole.x1
    assert box.y1 < whole.y1
    assert axes.get_window_extent().y1 < box.y0
    assert figure.texts[0].get_text().count("\n") < lines
