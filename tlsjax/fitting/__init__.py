"""Parameters from measurements: least squares with exact Jacobians through the solvers."""
