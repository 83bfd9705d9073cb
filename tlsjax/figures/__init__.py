"""Pictures: `plotting` knows how things are drawn, the others what is in each figure."""
