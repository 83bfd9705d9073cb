"""Distributions p(E) of the level splittings."""
