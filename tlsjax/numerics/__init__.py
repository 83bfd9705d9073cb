"""Numerical methods that know nothing of superconductors."""
