"""The text that QMSum's authors located for each query (``extracted_span/*.txt``), matched to examples.

The files have a line a pair in meeting order, without ids, and queries repeat inside a meeting and between meetings.
The file for test was made before Bed008 and Bmr006 were annotated anew, and its lines for Bmr006 are of another
meeting; three lines for validation are empty. Pairs without text of their own meeting have no located text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from todsum.data.schema import Example, Turn
from todsum.data.sources import Source
from todsum.errors import RecordError, TodsumError

FILES = {"validation": "extracted_span/val.txt", "test": "extracted_span/test.txt"}
MAX_BYTES = 1 << 28
_LINE = re.compile(r"^<s>(?P<query>.*?)</s>(?P<text>.*?)(?:</s>)?\s*$")


def located_turns(text: str, meeting: Sequence[Turn]) -> tuple[Turn, ...]:
    """The located text cut into turns at the meeting's (lower-cased) speaker names."""
    speakers = {_letters(turn.speaker): turn.speaker for turn in meeting}
    ordered = sorted({turn.speaker.lower() for turn in meeting}, key=len, reverse=True)
    spaced = (r"\s*".join(map(re.escape, re.findall(r"\w+|[^\w\s]", name))) for name in ordered)
    parts = re.split(rf"(?:^|(?<=\s))({'|'.join(spaced)})\s*:\s", text)
    turns = [Turn("", parts[0].strip())] if parts[0].strip() else []
    turns += [Turn(speakers[_letters(name)], said.strip()) for name, said in zip(parts[1::2], parts[2::2], strict=True)]
    return tuple(turns)


def _letters(text: str) -> str:
    return "".join(re.findall(r"[a-z0-9]+", text.lower()))


def located_text(source: Source, split: str, examples: Sequence[Example]) -> dict[str, str]:
    """The located text of each example that has one.

    A meeting's lines are the one run of lines that equals its list of queries. Pairs of meetings without such a run
    are matched only where a query occurs once on both sides. Text of another meeting is refused.

    Raises:
        TodsumError: the file is missing or too large, or a line is not in its notation.
    """
    if split not in FILES:
        raise TodsumError(f"qmsum: no located spans are published for {split}")
    file = FILES[split]
    raw = source.read(file, MAX_BYTES)
    try:
        lines = [line for line in raw.decode("utf-8").split("\n") if line.strip()]
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise RecordError(f"{source.label}/{file}", line, f"not UTF-8: {error.reason}") from error
    parsed = [_LINE.match(line) for line in lines]
    if None in parsed:
        raise TodsumError(f"{source.label}/{file}: line {parsed.index(None) + 1}: expected '<s> query </s> text </s>'")
    queries = [_letters(match["query"]) for match in parsed if match]
    texts = [match["text"].strip() for match in parsed if match]
    said = {example.id: _words(" ".join(f"{t.speaker} {t.text}" for t in example.turns)) for example in examples}
    found = {identity: texts[line] for identity, line in _match_lines(queries, examples).items()}
    return {identity: text for identity, text in found.items() if _is_from(text, said[identity])}


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


def _is_from(text: str, meeting: set[str]) -> bool:
    """Whether a text was taken from a meeting: nearly all its words were said there."""
    words = _words(text)
    return bool(words) and len(words & meeting) >= 0.9 * len(words)


def _match_lines(queries: list[str], examples: Sequence[Example]) -> dict[str, int]:
    meetings: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        meetings[example.group].append(example)
    free = set(range(len(queries)))
    found: dict[str, int] = {}
    leftover: list[Example] = []
    for group in sorted(meetings.values(), key=len, reverse=True):
        wanted = [_letters(example.query or "") for example in group]
        starts = [i for i in range(len(queries)) if queries[i : i + len(wanted)] == wanted]
        starts = [i for i in starts if free.issuperset(range(i, i + len(wanted)))]
        if len(starts) != 1:
            leftover += group
            continue
        found.update({example.id: starts[0] + k for k, example in enumerate(group)})
        free.difference_update(range(starts[0], starts[0] + len(wanted)))
    on_lines = Counter(queries[i] for i in free)
    in_pairs = Counter(_letters(example.query or "") for example in leftover)
    where = {queries[i]: i for i in free}
    for example in leftover:
        query = _letters(example.query or "")
        if on_lines[query] == in_pairs[query] == 1:
            found[example.id] = where[query]
    return found
