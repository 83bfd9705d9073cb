"""The paper's figures, one by one: what is in each and how it is drawn."""
