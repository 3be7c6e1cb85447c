"""Simulated meetings: shape, spans, and answers that the turns of their spans support."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from importlib import resources
from itertools import pairwise

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from todsum.data.simulation.meetings import MEETING_DOMAINS, meeting

SPOTS = st.tuples(st.integers(0, 10**5), st.integers(0, 10**5))


@cache
def phrases() -> dict[str, dict[str, set[str]]]:
    """Of each domain, everything that a meeting can say of substance: options and reasons, topic by topic."""
    folder = resources.files("todsum.data.simulation") / "meetings"
    found: dict[str, dict[str, set[str]]] = {}
    for domain in MEETING_DOMAINS:
        raw = yaml.safe_load((folder / f"{domain}.yaml").read_text(encoding="utf-8"))
        found[domain] = {
            topic["topic"]: {p for o in topic["options"] for p in (o["option"], *o["pro"], *o["con"])}
            for topic in raw["topics"]
        }
    return found


def plain(text: str) -> str:
    """The words without markers, case, and blanks before punctuation."""
    text = re.sub(r"\{\w+\}|\[\w+\.\]", " ", text)
    return re.sub(r"\s+", " ", re.sub(r"\s+([,.?!])", r"\1", text)).lower()


def span_of(pair: dict) -> set[int]:
    return {i for first, last in pair["relevant_text_span"] for i in range(int(first), int(last) + 1)}


@given(SPOTS)
@settings(max_examples=60, deadline=None)
def test_meetings_are_well_formed(spot: tuple[int, int]) -> None:
    item = meeting(*spot)
    record = item.record
    assert list(record) == ["topic_list", "general_query_list", "specific_query_list", "meeting_transcripts"]
    turns = record["meeting_transcripts"]
    assert 60 <= len(turns) <= 250
    for turn in turns:
        assert list(turn) == ["speaker", "content"]
        assert turn["speaker"].strip()
        assert not re.search(r"\{(option|reason|n|who|topic|name|subject)\}", turn["content"])
    assert record["general_query_list"]
    assert len(record["specific_query_list"]) >= 6
    for pair in (*record["topic_list"], *record["specific_query_list"]):
        for span in pair["relevant_text_span"]:
            assert all(isinstance(bound, str) for bound in span)
            assert 0 <= int(span[0]) <= int(span[1]) < len(turns)
    for pair in (*record["general_query_list"], *record["specific_query_list"]):
        assert pair["query"].strip()
        assert pair["answer"].endswith(".")
        assert not set("{}") & set(pair["query"] + pair["answer"])
    assert item.pairs == len(record["general_query_list"]) + len(record["specific_query_list"]) == len(item.located)


@given(SPOTS)
@settings(max_examples=60, deadline=None)
def test_topics_follow_each_other_without_gap(spot: tuple[int, int]) -> None:
    topics = meeting(*spot).record["topic_list"]
    spans = [sorted(span_of(topic)) for topic in topics]
    assert len(topics) >= 3
    for before, after in pairwise(spans):
        assert after[0] == before[-1] + 1


@given(SPOTS)
@settings(max_examples=100, deadline=None)
def test_the_span_supports_the_answer(spot: tuple[int, int]) -> None:
    item = meeting(*spot)
    turns = item.record["meeting_transcripts"]
    for pair in item.record["specific_query_list"]:
        span = [turns[i] for i in sorted(span_of(pair))]
        said = plain(" ".join(turn["content"] for turn in span))
        answer = plain(pair["answer"])
        claims = {p.lower() for topic in phrases()[item.domain].values() for p in topic if p.lower() in answer}
        assert claims
        for claim in claims | set(re.findall(r"\b\d+\b", answer)):
            assert claim in said, (claim, pair)
        names = {turn["speaker"].partition(" (")[0] for turn in turns}
        # "User Interface" is a speaker's role and a topic: where the query names it, the answer speaks of the topic.
        for name in (name for name in names if name.lower() not in pair["query"].lower()):
            if name.lower() in answer:
                asked = f"{name.lower()}, " in said
                assert asked or any(turn["speaker"].startswith(name) for turn in span), (name, pair)


@given(SPOTS)
@settings(max_examples=60, deadline=None)
def test_the_speaker_of_a_claim_is_the_one_who_made_it(spot: tuple[int, int]) -> None:
    item = meeting(*spot)
    turns = item.record["meeting_transcripts"]
    reasons = {p for topic in phrases()[item.domain].values() for p in topic}
    for pair in item.record["specific_query_list"]:
        for sentence in re.split(r"(?<!Ms)(?<!Mr)(?<!Mrs)(?<!Hon)\. ?", pair["answer"]):
            match = re.match(
                r"(.+?) (?:suggested|proposed|did not agree|had doubts|supported|was also in favour)", sentence
            )
            for reason in reasons if match else ():
                if f" {reason}" in sentence and (reason.startswith(("it ", "they ", "the ", "we ", "you "))):
                    speakers = {t["speaker"].partition(" (")[0] for t in turns if reason.lower() in plain(t["content"])}
                    assert match[1] in speakers, (sentence, speakers)


def test_many_meetings_have_what_was_promised() -> None:
    items = [meeting(index, 5) for index in range(120)]
    assert Counter(item.domain for item in items) == dict.fromkeys(MEETING_DOMAINS, 40)
    assert len({item.name for item in items}) == len(items)
    contents = [turn["content"] for item in items for turn in item.record["meeting_transcripts"]]
    assert any("{disfmarker}" in content for content in contents)
    assert any("[Laughter.]" in content for content in contents)
    empty = sum(not content for content in contents)
    assert 0 < empty < len(contents) / 50
    repeated = [
        pair
        for item in items
        for query, count in Counter(p["query"] for p in item.record["specific_query_list"]).items()
        if count > 1
        for pair in item.record["specific_query_list"]
        if pair["query"] == query
    ]
    assert repeated
    assert {pair["relevant_text_span"][0][0] for pair in repeated}
    words = {d: Counter(w for i in items if i.domain == d for w in _words(i.record)) for d in MEETING_DOMAINS}
    for domain in MEETING_DOMAINS:
        own = {w for w, n in words[domain].items() if n > 5} - {
            w for d in MEETING_DOMAINS if d != domain for w in words[d]
        }
        assert len(own) > 40


def _words(record: dict) -> list[str]:
    return [
        word for turn in record["meeting_transcripts"] for word in re.findall(r"[a-z]{4,}", turn["content"].lower())
    ]


def test_located_lines_look_like_the_published_ones() -> None:
    item = meeting(2, 9)
    pairs = [*item.record["general_query_list"], *item.record["specific_query_list"]]
    for pair, line in zip(pairs, item.located, strict=True):
        match = re.fullmatch(r"<s> (.+?) </s> (.+)", line)
        assert match
        assert re.sub(r"\W", "", match[1]) == re.sub(r"\W", "", pair["query"].lower())
        assert line == line.lower()
        assert "{" not in line
        assert "\n" not in line
