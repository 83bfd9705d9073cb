"""What every other package stands on: validation, pytrees, status, units."""
