"""From an atom in a potential to alpha: wells, rates, and the theory behind the equations."""
