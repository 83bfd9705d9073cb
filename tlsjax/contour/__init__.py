"""The order parameter with any occupation of the impurities' levels."""
