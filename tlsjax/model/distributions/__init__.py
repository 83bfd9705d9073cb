"""Distributions p(E) of the level splittings; `base` says what one is, one file a family."""
