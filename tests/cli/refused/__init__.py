"""Broken files of all kinds, given to every command that reads files."""
