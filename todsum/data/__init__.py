"""Data sets: one schema, builders of the published and the simulated sources."""
