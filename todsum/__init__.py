"""TODSum benchmark suite: dialogue summarization across domains."""

__version__ = "0.1.0"
