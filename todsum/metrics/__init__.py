"""Metrics: per-example scores of summaries, each with a signature."""
