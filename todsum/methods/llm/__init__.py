"""Language models that are asked for a summary in words: a local checkpoint, or an OpenAI-compatible endpoint."""
