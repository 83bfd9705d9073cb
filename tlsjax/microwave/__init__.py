"""Response to microwaves: penetration depth, surface impedance, resonators."""
