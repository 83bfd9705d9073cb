"""The figures that `tlsjax reproduce` draws, by name."""

from tlsjax.reproduce.equilibrium import figure5, figure6, figure7
from tlsjax.reproduce.spectra import figure8, figure9, figure_zero_energy
from tlsjax.reproduce.wells import figure1

FIGURES = {
    "fig1": figure1,
    "fig5": figure5,
    "fig6": figure6,
    "fig7": figure7,
    "fig8": figure8,
    "fig9": figure9,
    "zero-energy-dos": figure_zero_energy,
}
