"""Free energy, entropy, specific heat and critical field in equilibrium."""
