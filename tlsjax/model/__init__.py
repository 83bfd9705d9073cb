"""What the impurities are: their splittings, how many, and in which level."""
