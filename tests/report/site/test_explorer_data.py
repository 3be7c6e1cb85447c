"""The data that the explorer reads."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.report.site import made
from todsum.data.schema import Example, Turn
from todsum.report.site.book import literal, script
from todsum.report.site.content import MarkData
from todsum.report.site.explorer import explorer_data, output_keys, spans


def content(data: dict[str, bytes], name: str) -> Any:
    """What a data file hands to the page."""
    head, tail = f"todsumData({json.dumps(name)},".encode(), b");\n"
    text = data[f"data/{name}.js"]
    assert text.startswith(head) and text.endswith(tail)
    return json.loads(text[len(head) : -len(tail)])


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(st.characters()), st.lists, max_leaves=5))
def test_literals_are_json_that_ends_nothing(value: Any) -> None:
    text = literal(value)
    assert json.loads(text) == value
    assert not set("<\u2028\u2029") & set(text)


def test_half_a_pair_can_be_written() -> None:
    assert script("x", literal("\ud83d")) == b'todsumData("x","\\ud83d");\n'


KINDS = ("right", "wrong", "invented")


@given(
    st.text(st.sampled_from("ab \N{HOTEL}\N{GRINNING FACE}é"), max_size=30),
    st.lists(st.tuples(st.integers(-2, 32), st.integers(-2, 32), st.sampled_from(KINDS)), max_size=6),
)
def test_spans_say_of_each_character_what_the_marks_say(text: str, drawn: list[tuple[int, int, Any]]) -> None:
    marks = [MarkData(start, end, kind, f"{place} {kind}") for place, (start, end, kind) in enumerate(drawn)]
    units = text.encode("utf-16-le")
    found: list[tuple[str, str, str]] = []  # of each character: itself, kind, labels
    at = 0
    for start, end, kind, label in [*spans(text, marks), (len(units) // 2, len(units) // 2, "", "")]:
        assert at <= start
        found += [(character, "", "") for character in units[2 * at : 2 * start].decode("utf-16-le")]
        found += [(character, kind, label) for character in units[2 * start : 2 * end].decode("utf-16-le")]
        at = end
    assert "".join(character for character, _, _ in found) == text
    valid = [mark for mark in marks if 0 <= mark.start < mark.end <= len(text)]
    for place, (_, kind, label) in enumerate(found):
        here = [mark for mark in valid if mark.start <= place < mark.end]
        assert set(filter(None, label.split("; "))) == {mark.label for mark in here}
        worst = next((kind for kind in ("wrong", "invented", "right") if kind in [m.kind for m in here]), "")
        assert kind == worst


def test_every_example_can_be_found() -> None:
    for test_set in made.sets():
        data = explorer_data(made.sets(), ["system-0"])
        index = content(data, f"sets/{test_set.slug}")
        assert index["ids"] == list(test_set.ids)
        for place, example in enumerate(test_set.examples or ()):
            piece, at = index["cases"][place]
            case = content(data, piece)[at]
            assert case["reference"] == list(example.summary)
            piece, at = case["dialogue"]
            assert content(data, piece)[at] == [[turn.speaker, turn.text] for turn in example.turns]
        for output, told in zip(test_set.outputs, index["outputs"], strict=True):
            summaries = [record for _, piece in told["summaries"] for record in content(data, piece)]
            assert [summary for summary, _, _ in summaries] == list(output.summaries)
            figures = content(data, told["figures"])[0]
            assert set(figures) == set(output.figures)
            for name, values in output.figures.items():
                for mine, theirs in zip(figures[name], values, strict=True):
                    assert mine == theirs or abs(mine - theirs) <= 5e-5


def test_what_test_sets_share_is_stored_once() -> None:
    whole = made.one_set("all", n=30)
    assert whole.examples
    part = made.one_set("part", examples=whole.examples[::3])
    dialogues = [path for path in explorer_data([whole], []) if path.startswith(("data/dialogues/", "data/cases/"))]
    both = [path for path in explorer_data([whole, part], []) if path.startswith(("data/dialogues/", "data/cases/"))]
    assert both == dialogues


def test_a_meeting_is_stored_once_for_all_its_queries() -> None:
    meeting = made.example(1, turns=1000)
    queries = [replace(meeting, id=f"q{number}", query=f"What about {number}?") for number in range(20)]
    data = explorer_data([made.one_set("meetings", examples=queries)], [])
    spoken = b"turn 500 of dialogue 1"
    assert sum(content.count(spoken) for content in data.values()) == 1


def test_pieces_are_small() -> None:
    long = [
        Example(
            f"m{number}",
            "qmsum",
            f"m{number}",
            ("academic",),
            tuple(Turn("a", f"{number} {t} " * 20) for t in range(1000)),
        )
        for number in range(5)
    ]
    data = explorer_data([made.one_set("long", examples=long), made.one_set("big", n=1000)], [])
    meetings = [len(text) for path, text in data.items() if b"4 999" in text and path.startswith("data/dialogues/")]
    assert len(meetings) == 1 and len(data[max(data, key=lambda path: len(data[path]))]) < 400_000
    pieces = [len(text) for path, text in data.items() if path.startswith(("data/cases/", "data/summaries/"))]
    assert max(pieces) < 70_000


def test_outputs_of_one_system_have_names_of_their_own() -> None:
    examples = [made.example(0)]
    outputs = [made.output(n, examples, system=slug) for n, slug in enumerate(["a", "b", "a"])]
    assert output_keys(outputs) == ["a~1", "b", "a~2"]
