"""Trained and untrained methods on one's own dialogues: from Python (:func:`load`) and for the command line.

Nothing here knows of a reference summary: what is read is a dialogue, perhaps with a state or a query.
"""

from todsum.summarizing.model import LoadedModel, Summary, load

__all__ = ["LoadedModel", "Summary", "load"]
