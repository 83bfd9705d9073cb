"""Numbers of nature and of the theory (CODATA 2018)."""

import numpy as np

MEV_PER_KELVIN = 0.08617333262
MEV_PER_GHZ = 0.004135667696
MEV_PER_THZ = 1e3 * MEV_PER_GHZ
MEV_PER_INVERSE_CM = 0.12398419843
MEV_PER_RYDBERG = 13605.693122994
HBAR_MEV_PS = 0.6582119569
# N/A^2
VACUUM_PERMEABILITY = 1.25663706212e-6

# 2 Delta(0)/(k_B Tc) of a weak-coupling superconductor: 2 pi exp(-gamma).
WEAK_COUPLING_GAP_RATIO = 2 * np.pi * np.exp(-np.euler_gamma)
