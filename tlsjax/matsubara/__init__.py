"""The theory at imaginary frequencies: TLS equilibrium, Tc, the order parameter."""
