from __future__ import annotations

import re
from pathlib import Path

import pytest

from todsum.data.builder import BuiltData, build
from todsum.data.located import located_text
from todsum.data.schema import Example, Turn, from_rows
from todsum.data.views import Input, show, without_markers
from todsum.errors import TodsumError


@pytest.fixture(scope="module")
def built(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> BuiltData:
    return build("qmsum", data_dir, splits=("validation", "test"), cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def tests(built: BuiltData) -> list[Example]:
    return from_rows(built.splits["test"])


def test_markers_go_and_words_stay(tests: list[Example]) -> None:
    text = "Um {disfmarker} {vocalsound}\u00a0so  [Laughter.] {pause}"
    assert without_markers(Turn("A", text)).text == "Um so [Laughter.]"
    shown, _ = show(tests, Input("meeting"))
    words = re.compile(r"[^\s{}]+")
    for before, after in zip(tests[:40], shown, strict=False):
        assert len(before.turns) == len(after.turns)
        for old, new in zip(before.turns, after.turns, strict=True):
            assert "{" not in new.text
            assert words.findall(re.sub(r"\{\w+\}", " ", old.text)) == words.findall(new.text)
    kept, _ = show(tests[:3], Input("meeting", markers=True))
    assert kept == tests[:3]


def test_gold_spans_are_the_annotated_turns(tests: list[Example]) -> None:
    shown, missing = show(tests, Input("gold", markers=True))
    assert not missing
    for before, after in zip(tests, shown, strict=True):
        if before.evidence:
            assert list(after.turns) == [before.turns[i] for i in before.evidence]
        else:
            assert after.turns == before.turns


def test_located_text_is_matched_to_its_meeting(built: BuiltData, tests: list[Example]) -> None:
    located = located_text(built.source, "test", tests)
    shown, missing = show(tests, Input("located"), located)
    assert {identity.split("-")[0] for identity in missing} == {"Bed008", "Bmr006"}
    assert len(shown) + len(missing) == 281
    lines = (Path(built.source.label) / "extracted_span" / "test.txt").read_text(encoding="utf-8").splitlines()
    by_id = {example.id: example for example in tests}
    for example in shown:
        query = re.sub(r"\W", "", (by_id[example.id].query or "").lower())
        text = located[example.id]
        own = [line for line in lines if text in line]
        assert any(re.sub(r"\W", "", line.split("</s>")[0].removeprefix("<s>")) == query for line in own)
        names = {turn.speaker for turn in by_id[example.id].turns}
        assert {turn.speaker for turn in example.turns} <= names
    validation = from_rows(built.splits["validation"])
    assert len(located_text(built.source, "validation", validation)) == 269


def test_no_located_text_for_training(built: BuiltData, tests: list[Example]) -> None:
    with pytest.raises(TodsumError, match="no located spans are published for train"):
        located_text(built.source, "train", tests)
