"""What is measured, computed from a solved spectrum."""
