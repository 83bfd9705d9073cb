"""Microwave response: conductivity, surface impedance, cavities and resonators."""
