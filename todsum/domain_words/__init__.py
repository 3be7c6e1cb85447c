"""The words of a domain by LDA over its dialogues: what domain-oriented prefix-tuning starts its prefixes from.

``words.py`` says which words count (no stop words, no names, no values), ``topics.py`` how a domain's words are found
among them, ``run.py`` which dialogues the words of a run come from.
"""

from __future__ import annotations

from todsum.domain_words.run import RunWords, by_domain, interleave, run_words
from todsum.domain_words.topics import MIN_DIALOGUES, domain_words

__all__ = ["MIN_DIALOGUES", "RunWords", "by_domain", "domain_words", "interleave", "run_words"]
