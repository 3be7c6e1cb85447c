"""Finished cells as model folders for the hub."""
