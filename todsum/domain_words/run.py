"""The words of a run: those of its source domains, and those of its target where dialogues of it may be read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any

from todsum.data.schema import Example
from todsum.domain_words.topics import MIN_DIALOGUES, domain_words, read
from todsum.errors import TodsumError


@dataclass(frozen=True)
class RunWords:
    """The domain words of a run, each domain's most relevant first.

    Attributes:
        n: how many words a domain has.
        seed: what LDA was seeded with.
        source: the words of each training domain, from the training dialogues alone.
        target: the words of the target from its unlabelled dialogues, as a mapping with one entry; empty where the run
            reads none.
        left_out: training domains that have no words, and how many dialogues they have: fewer than
            :data:`MIN_DIALOGUES`, or so few that there are not ``n`` words in them.
    """

    n: int
    seed: int
    source: Mapping[str, tuple[str, ...]]
    target: Mapping[str, tuple[str, ...]]
    left_out: Mapping[str, int]

    @property
    def union(self) -> tuple[str, ...]:
        """The words of the target and of the source domains in turn, so that each has its part of every beginning."""
        return interleave(*self.target.values(), *self.source.values())

    def to_json(self) -> dict[str, Any]:
        """As plain JSON, for a run's result."""
        lists = {name: {d: list(words) for d, words in getattr(self, name).items()} for name in ("source", "target")}
        return asdict(self) | lists | {"left_out": dict(self.left_out)}


def run_words(
    train: Iterable[Example], n: int, seed: int = 0, target: str | None = None, unlabelled: Iterable[Example] = ()
) -> RunWords:
    """The words of a run's domains.

    The source domains' words are found without the target's dialogues. The target's words are those of its unlabelled
    dialogues in contrast to the training dialogues: a method that uses them is transductive.

    Args:
        train: the training examples.
        n: how many words a domain gets.
        seed: of LDA.
        target: the domain that is tested; None where its words are not wanted.
        unlabelled: dialogues of the target from the training split. Only their turns are read.

    Raises:
        TodsumError: as :func:`domain_words`, or no domain has enough training dialogues.
    """
    domains = by_domain(train)
    counts = {domain: len({example.group for example in examples}) for domain, examples in domains.items()}
    left_out = {domain: count for domain, count in counts.items() if count < MIN_DIALOGUES}
    sources = {domain: examples for domain, examples in domains.items() if domain not in left_out}
    if not sources:
        found = ", ".join(f"{domain} {count}" for domain, count in counts.items()) or "none"
        raise TodsumError(f"domain words: no domain has {MIN_DIALOGUES} training dialogues (there are: {found})")
    corpus = read(sources)
    few = [domain for domain, count in corpus.word_counts.items() if count < n]
    if 0 < len(few) < len(sources):  # where none has enough, the error of domain_words tells what is there
        left_out |= {domain: counts[domain] for domain in few}
        sources = {domain: examples for domain, examples in sources.items() if domain not in few}
        corpus = read(sources)
    source = corpus.domain_words(n, seed)
    of_target = {}
    if target is not None:
        others = {domain: examples for domain, examples in sources.items() if domain != target}
        of_target = {target: domain_words({**others, target: list(unlabelled)}, n, seed)[target]}
    return RunWords(n, seed, source, of_target, left_out)


def by_domain(examples: Iterable[Example]) -> dict[str, list[Example]]:
    """The examples of each domain, domains sorted; an example of several domains is in each of them."""
    found: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        for domain in example.domains:
            found[domain].append(example)
    return dict(sorted(found.items()))


def interleave(*words: Sequence[str]) -> tuple[str, ...]:
    """The first word of each list, then the second of each …; a word that was there before is left out."""
    rounds = zip_longest(*words)
    return tuple(dict.fromkeys(word for round_ in rounds for word in round_ if word is not None))
