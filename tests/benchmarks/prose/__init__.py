"""Checks that the figures in the prose of results follow from the committed tables beside it."""
