"""Training with differential privacy: what a model says does not tell whether a unit was in the data."""
