"""What a superconductor is made of: host, baths of bosons and their occupations, scattering."""
