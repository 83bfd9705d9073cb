"""The theory at real energies: densities of states, in and out of TLS equilibrium."""
