"""Ways to summarize, behind one protocol."""
