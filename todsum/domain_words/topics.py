"""The words of domains by LDA: topics over the passages of all dialogues, then each domain's own share of them.

How the words are found:

1. Dialogues are cut into passages of :data:`PASSAGE` words, so that the parts of a dialogue about several domains can
   have topics of their own. Counted are the words that at least :data:`SHARE` of a domain's dialogues have: most of
   the slots' values that are left are rarer than that.
2. One LDA (Blei, Ng and Jordan 2003; scikit-learn's variational Bayes) finds topics over all passages, :data:`TOPICS`
   a domain. A dialogue's topics are the mean of its passages'; a domain's are the mean of its dialogues', where one
   that belongs to several domains counts in part for each: ``p(t | d)``.
3. A topic is a domain's own as far as it is more frequent there than in any other domain: ``p(t | d) - p(t | d')``.
   The mixture of topics with these weights gives ``q(w | d)``. Where a domain has no topic of its own, all of them
   count.
4. Words are ranked by their relevance (Sievert and Shirley 2014, equation 1, with their λ of 0.6),
   ``λ · log(s · q(w | d)) + (1 - λ) · log(q(w | d) / r(w))``. ``s`` is the share of the domain's dialogues that have
   the word, so that a word of many dialogues wins over one of a few that repeat it. ``r(w)`` is the word's probability
   in the other domain that says it most, by ``Σ_t p(t | d') p(w | t)``; theirs is that in the whole corpus, which a
   large domain dominates. Words that another domain says more, by the same sum, come after all others.

With one domain alone there is nothing to compare with: its words are then ranked by ``s · q(w | d)``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from todsum.counted import counted
from todsum.data.schema import Example
from todsum.data.views import without_markers
from todsum.domain_words.words import Word, commonest_forms, content_words, names
from todsum.errors import TodsumError

if TYPE_CHECKING:
    import numpy as np
    import scipy.sparse

PASSAGE = 20
SHARE = 0.1
TOPICS = 4
ITERATIONS = 20
LAMBDA = 0.6
TINY = 1e-9
#: Fewer dialogues than this have no words of their domain, only their own.
MIN_DIALOGUES = 5
# Relevance is compared at this precision: equal words must not be told apart by rounding errors.
DECIMALS = 6


def domain_words(dialogues: Mapping[str, Sequence[Example]], n: int, seed: int = 0) -> dict[str, tuple[str, ...]]:
    """The words of each domain, the most relevant first, in lower case; the module says how they are found.

    Only turns are read: neither summaries nor states, queries or evidence. Of a group (a meeting with several queries)
    the example that shows most text is read. The order of domains and examples does not matter.

    Args:
        dialogues: the examples of each domain; one that is about several domains stands under each of them.
        n: how many words a domain gets.
        seed: of the topics' start.

    Returns:
        ``n`` different words a domain, in the order of ``dialogues``.

    Raises:
        TodsumError: no domain, ``n`` below 1, fewer than :data:`MIN_DIALOGUES` dialogues of a domain, or fewer than
            ``n`` words in them.
    """
    if n < 1:
        raise TodsumError(f"domain words: {n} words a domain were asked for; ask for at least 1")
    if not dialogues:
        raise TodsumError("domain words: no domain was given")
    found = read(dialogues).domain_words(n, seed)
    return {domain: found[domain] for domain in dialogues}


@dataclass(frozen=True)
class Corpus:
    """What LDA is fitted on.

    Attributes:
        words: what at least one domain's dialogues have often enough, in the form that is shown.
        counts: shape (passages, words).
        owner: the dialogue of each passage.
        members: the dialogues of each domain.
        having: how many of a domain's dialogues have a word, shape (domains, words), domains in the order of members.
    """

    words: list[str]
    counts: scipy.sparse.csr_array
    owner: list[int]
    members: dict[str, list[int]]
    having: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """How many dialogues each domain has, shape (domains, 1)."""
        import numpy as np

        return np.array([[len(dialogues)] for dialogues in self.members.values()])

    @property
    def eligible(self) -> np.ndarray:
        """Which words may be a domain's, shape (domains, words)."""
        found: np.ndarray = _often(self.having, self.sizes)
        return found

    @property
    def word_counts(self) -> dict[str, int]:
        """How many words each domain has: as many as can be asked for."""
        return dict(zip(self.members, (int(count) for count in self.eligible.sum(axis=1)), strict=True))

    def domain_words(self, n: int, seed: int) -> dict[str, tuple[str, ...]]:
        """As :func:`domain_words`, domains sorted."""
        for (domain, members), count in zip(self.members.items(), self.word_counts.values(), strict=True):
            what = f"domain words: {domain} has {counted(len(members), 'dialogue')}"
            if len(members) < MIN_DIALOGUES:
                raise TodsumError(f"{what}, at least {MIN_DIALOGUES} are needed")
            if count < n:
                raise TodsumError(f"{what} with {count} words between them, {n} were asked for: ask for fewer")
        ranked = _rank(self, seed)
        return {domain: tuple(words[:n]) for domain, words in ranked.items()}


def _often(having: Any, dialogues: Any) -> Any:
    """Whether so many of the dialogues are enough; one dialogue never is."""
    return (having >= SHARE * dialogues) & (having >= 2)


def _dialogues(given: Mapping[str, Sequence[Example]]) -> tuple[list[list[Word]], dict[str, list[int]]]:
    """The words of each dialogue, and the dialogues of each domain, both in an order that does not depend on ours."""
    texts: dict[tuple[str, str], list[str]] = {}
    domains: dict[tuple[str, str], set[str]] = defaultdict(set)
    for domain, examples in given.items():
        for example in examples:
            group = (example.dataset, example.group)
            shown = [without_markers(turn).text for turn in example.turns]
            texts[group] = max(texts.get(group, []), shown, key=lambda turns: (sum(map(len, turns)), turns))
            domains[group].add(domain)
    groups = sorted(texts, key=lambda group: (texts[group], group))
    members = {domain: [i for i, group in enumerate(groups) if domain in domains[group]] for domain in sorted(given)}
    return [content_words(texts[group]) for group in groups], members


def read(given: Mapping[str, Sequence[Example]]) -> Corpus:
    """The corpus of the dialogues of some domains."""
    import numpy as np
    import scipy.sparse

    dialogues, members = _dialogues(given)
    forms, no_words = commonest_forms(dialogues), names(dialogues)
    said = [Counter(word.stem for word in dialogue) for dialogue in dialogues]
    vocabulary: set[str] = set()
    for indices in members.values():
        counted = Counter(stem for i in indices for stem in said[i])
        vocabulary |= {stem for stem, count in counted.items() if _often(count, len(indices))} - no_words
    stems = sorted(vocabulary)
    column = {stem: i for i, stem in enumerate(stems)}
    rows: list[int] = []
    columns: list[int] = []
    owner: list[int] = []
    for number, dialogue in enumerate(dialogues):
        for start in range(0, len(dialogue), PASSAGE):
            found = [column[word.stem] for word in dialogue[start : start + PASSAGE] if word.stem in column]
            rows += [len(owner)] * len(found)
            columns += found
            owner.append(number)
    shape = (len(owner), len(stems))
    counts = scipy.sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    having = np.array([[sum(stem in said[i] for i in indices) for stem in stems] for indices in members.values()])
    return Corpus([forms[stem] for stem in stems], counts, owner, members, having)


def _rank(corpus: Corpus, seed: int) -> dict[str, list[str]]:
    """The eligible words of each domain, the most relevant first."""
    import numpy as np

    topics, words = _fit(corpus, seed)
    elsewhere = np.stack([np.delete(topics, i, axis=0).max(axis=0, initial=0) for i in range(len(topics))])
    own = np.maximum(topics - elsewhere, TINY * topics)
    own = own / own.sum(axis=1, keepdims=True) @ words
    relevance = LAMBDA * np.log(np.maximum(corpus.having / corpus.sizes, TINY) * own)
    first = np.ones_like(own, dtype=bool)
    if len(topics) > 1:
        mixed = topics @ words
        others = np.stack([np.delete(mixed, i, axis=0).max(axis=0) for i in range(len(mixed))])
        relevance += (1 - LAMBDA) * np.log(own / others)
        first = mixed >= others
    ranked = {}
    for i, domain in enumerate(corpus.members):
        chosen = np.flatnonzero(corpus.eligible[i])
        key = {j: (not first[i, j], -round(float(relevance[i, j]), DECIMALS), corpus.words[j]) for j in chosen}
        ranked[domain] = [corpus.words[j] for j in sorted(chosen, key=key.__getitem__)]
    return ranked


def _fit(corpus: Corpus, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """``p(t | d)``, shape (domains, topics), and ``p(w | t)``, shape (topics, words)."""
    import numpy as np
    from sklearn.decomposition import LatentDirichletAllocation

    lda = LatentDirichletAllocation(TOPICS * len(corpus.members), max_iter=ITERATIONS, random_state=seed)
    passages = lda.fit_transform(corpus.counts) * corpus.counts.sum(axis=1)[:, None]
    dialogues = np.zeros((max(corpus.owner) + 1, passages.shape[1]))
    np.add.at(dialogues, corpus.owner, passages)
    dialogues /= np.maximum(dialogues.sum(axis=1, keepdims=True), TINY)
    belongs = np.zeros((len(corpus.members), len(dialogues)))
    for row, indices in zip(belongs, corpus.members.values(), strict=True):
        row[[i for i in indices if i < len(dialogues)]] = 1
    mixed = belongs / np.maximum(belongs.sum(axis=0), 1) @ dialogues
    words = lda.components_ / lda.components_.sum(axis=1, keepdims=True)
    return mixed / mixed.sum(axis=1, keepdims=True), words
