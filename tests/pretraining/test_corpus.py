"""What must not be in the corpus: anything of TODSum's five domains, and the words that copying is tested on."""

import json
import re
from pathlib import Path

import pytest

from todsum.data import made_up
from todsum.data.made_up import reserved
from todsum.data.simulation.dialogues import simulated
from todsum.data.simulation.ontology import TODSUM_DOMAINS, domain
from todsum.data.state import linearise, parse
from todsum.pretraining import copying
from todsum.pretraining.corpus import (
    CURRICULUM,
    DOMAINS,
    HELD_OUT,
    SCHEMA_TASKS,
    Pair,
    as_example,
    as_pair,
    pair,
)
from todsum.training.texts import STATE_QUERY

N = 1500


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    return [pair(index, 0) for index in range(N)]


def test_a_pair_depends_on_seed_and_index_alone(pairs: list[Pair]) -> None:
    assert pair(17, 0) == pairs[17]
    assert pair(17, 1) != pairs[17]


def test_tasks_have_their_shares(pairs: list[Pair]) -> None:
    shares = CURRICULUM[-1][1]
    for task in ("copy", "state", "both", "dialogue", "track"):
        made_up_schema = shares["schema"] * SCHEMA_TASKS.count(task) / len(SCHEMA_TASKS)
        expected = shares[task] + made_up_schema  # type: ignore[index]
        assert sum(p.task == task for p in pairs) / N == pytest.approx(expected, abs=0.05)
    assert {pair(i, 0, {"copy": 1.0}).task for i in range(50)} == {"copy"}


def test_domains_are_others_than_todsums() -> None:
    assert not {*DOMAINS, *HELD_OUT} & set(TODSUM_DOMAINS)
    assert not set(DOMAINS) & set(HELD_OUT)


def test_no_state_of_the_five_domains(pairs: list[Pair]) -> None:
    seen = 0
    for made in pairs:
        if made.task in ("state", "track"):
            domains, slots = parse(made.source if made.task == "state" else made.target)
            assert not {*domains, *(slot.domain for slot in slots)} & set(TODSUM_DOMAINS)
            seen += 1
    assert seen > N / 4


def test_no_summary_sentence_of_the_five_domains(pairs: list[Pair]) -> None:
    """Every template of the five domains' summaries, with any of their values; those that they share with other
    domains are theirs by their noun."""
    patterns = [_as_pattern(template, name) for name in TODSUM_DOMAINS for template in _templates(name)]
    assert len(patterns) > 60
    theirs = [s for i in range(50) for s in as_example(simulated(i, 0, TODSUM_DOMAINS)).summary]
    assert sum(any(p.search(s) for p in patterns) for s in theirs) > 0.8 * len(theirs), "the patterns do find"
    texts = [text for made in pairs for text in (made.source, made.target)]
    for pattern in patterns:
        assert not [text for text in texts if pattern.search(text)], pattern.pattern


def test_no_published_summary_sentence(pairs: list[Pair], data_dir: Path) -> None:
    folder = data_dir / "todsum" / "todsum"
    records = [r for split in ("valid", "test") for r in json.loads((folder / f"{split}.json").read_text("utf-8"))]
    sentences = {sentence.strip().lower() for record in records for sentence in record["summary"]}
    ours = " ".join(text for made in pairs for text in (made.source, made.target)).lower()
    assert len(sentences) > 2000
    assert not [sentence for sentence in sentences if sentence in ours]


def test_no_word_that_copying_is_tested_on(pairs: list[Pair]) -> None:
    text = {word for made in pairs for word in re.findall(r"[a-z]+", f"{made.source} {made.target}".lower())}
    tests = copying.cases(60)
    values = {value for case in tests for value in case.values}
    words = {w.removesuffix("'s") for value in values for w in value.split()}
    ordinary = {w for i in range(300) for t in simulated(i, 1, DOMAINS, 0.0).record["text"] for w in t.lower().split()}
    made = {w for w in words if len(w) > 3 and reserved(w)} - ordinary - set(made_up.NOUNS)
    assert len(made) > 60
    assert not made & text


def test_what_is_made_up_is_made_up_everywhere(pairs: list[Pair]) -> None:
    """What a summary says of a state stands in the state: sources and targets were swapped alike."""
    for made in pairs[:300]:
        if made.task == "state":
            _, slots = parse(made.source)
            stated = [slot for slot in slots if slot.value in made.target]
            assert stated or all(slot.value in ("yes", "no", "dont care") for slot in slots), made


def test_copies_are_of_what_is_there() -> None:
    for made in (pair(i, 0, {"copy": 1.0}) for i in range(200)):
        assert set(made.target.split(" ; ")) <= set(re.split(" ; | = ", made.source))
        asked = re.search(r"; (\w+) \?$", made.source)
        assert not asked or (f"{asked[1]} = {made.target} ;" in made.source)


def test_sources_of_each_task() -> None:
    example = as_example(simulated(2, 0, DOMAINS))
    state = linearise(example.state)
    assert as_pair(example, "state").source == state == as_pair(example, "track").target
    assert as_pair(example, "track").source.startswith(f"query: {STATE_QUERY} dialogue: ")
    assert as_pair(example, "both").source == f"state: {state} dialogue: {as_pair(example, 'dialogue').source}"


def _templates(name: str) -> list[str]:
    own = domain(name)
    states = [template for templates in own.state_summaries.values() for template in templates]
    requests = [template.replace("{noun}", own.noun) for template in own.request_templates]
    says = [f"the {own.noun} {says}" for slot in own.inform.values() for says in slot.says]
    return [*own.book_summaries, *states, *requests, *says]


def _as_pattern(template: str, name: str) -> re.Pattern[str]:
    """Matches the template with values of the domain; for what is no slot, with anything."""
    slots = domain(name).slots
    values = {slot: "|".join(sorted(map(re.escape, own.values), key=len, reverse=True)) for slot, own in slots.items()}
    parts = re.split(r"\{([^}]*)\}", template)
    fields = [f"(?:{values.get(part.rstrip('#'), '') or '[^.]{1,80}?'}).{{0,10}}?" for part in parts[1::2]]
    return re.compile("".join(re.escape(text) + field for text, field in zip(parts[::2], [*fields, ""], strict=True)))
