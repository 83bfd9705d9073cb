"""The figures that `tlsjax reproduce` draws, by name."""

from tlsjax.io.files import write_rows
from tlsjax.plotting.style import save
from tlsjax.reproduce import fig1, fig5, fig6, fig7, fig8, fig9, microwave, zero_energy

FIGURES = {
    "fig1": fig1,
    "fig5": fig5,
    "fig6": fig6,
    "fig7": fig7,
    "fig8": fig8,
    "fig9": fig9,
    "zero-energy-dos": zero_energy,
    "microwave": microwave,
}


def make(name, stem, track=iter):
    """Compute a figure and write ``stem.csv``, ``.png`` and ``.pdf``.

    ``track(items)`` iterates over the items of the computation, to show its progress.
    """
    figure = FIGURES[name]
    table = figure.compute(track)
    write_rows(stem.with_suffix(".csv"), table.names, table.rows, table.comment)
    save(figure.draw(table), stem)
