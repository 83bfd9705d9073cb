"""Scans: an observable at many points, on every core, GPU and host there is."""
