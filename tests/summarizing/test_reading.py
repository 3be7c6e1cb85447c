"""The reader of ``summarize``: formats, ids, counts, and that it reads as imported data sets are read."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.dialogues.texts import TEXTS
from todsum.data.dialogues import speaker_pattern
from todsum.data.imported.rows import ColumnMap
from todsum.data.imported.rows import Reader as RowReader
from todsum.data.records import Checker
from todsum.data.schema import Turn
from todsum.errors import TodsumError
from todsum.summarizing.reading import MAX_BYTES, Kind, Reader

ANA = (Turn("Ana", "hi"), Turn("Bob", "yo: so"))
TEXT = "Ana: hi\nBob: yo: so"


def reader(text: str, name: str = "stdin", kind: Kind | None = None) -> Reader:
    return Reader(io.BytesIO(text.encode()), name, kind)


def read(text: str, name: str = "stdin", kind: Kind | None = None) -> list[tuple[str, tuple[Turn, ...]]]:
    return [(dialogue.example.id, dialogue.example.turns) for dialogue in reader(text, name, kind)]


def table(*rows: list[str]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    return stream.getvalue()


RECORDS = [{"id": "000", "dialogue": TEXT}, {"id": 7, "turns": TEXT.split("\n")}, {"messages": [["Ana", "hi"]]}]
THREE = [("000", ANA), ("7", ANA), ("3", ANA[:1])]


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        (f"{TEXT}\n\n\n{TEXT}", "stdin", [("1", ANA), ("2", ANA)]),
        ("".join(json.dumps(record) + "\n" for record in RECORDS), "stdin", THREE),
        (json.dumps(RECORDS), "stdin", THREE),
        (json.dumps(RECORDS, indent=2), "stdin", THREE),
        (json.dumps(RECORDS, indent=2), "f.json", THREE),
        (json.dumps(RECORDS[0], indent=2), "f.json", THREE[:1]),
        (json.dumps(TEXT.split("\n")), "stdin", [("1", ANA)]),
        (json.dumps(TEXT.split("\n"), indent=1), "stdin", [("1", ANA)]),
        ('[{"role": "Ana", "content": "hi"}]\n[["Ana", "hi"]]\n', "stdin", [("1", ANA[:1]), ("2", ANA[:1])]),
        (table(["id", "dialogue"], ["000", TEXT], ["NA", TEXT], ["1e5", TEXT]), "f.csv",
         [("000", ANA), ("NA", ANA), ("1e5", ANA)]),
        (table(["dialogue", "id"], [TEXT, ""]), "f.csv", [("1", ANA)]),
        ("id;dialogue\nNone;Ana: hi\n", "f.csv", [("None", ANA[:1])]),
        ("id\tdialogue\nnull\tAna: hi\n", "f.tsv", [("null", ANA[:1])]),
        (table(["speaker", "text"], ["Ana", "hi"], ["Bob", "yo: so"]), "f.csv", [("1", ANA)]),
        (table(["id", "speaker", "text"], ["1", "Ana", "hi"], ["2", "Bob", "yo: so"]), "f.csv", [("1", ANA)]),
        (table(["chat_id", "role", "content"], ["a", "system", "x"], ["a", "Ana", "hi"], ["a", "Bob", "yo: so"]),
         "f.csv", [("a", ANA)]),
        (table(["dialogue_id", "role", "content"], ["007", "Ana", "hi"], ["007", "Bob", "yo: so"], ["x", "Ana", "hi"]),
         "f.csv", [("007", ANA), ("x", ANA[:1])]),
        ("[10:15] Ana: hi\nBob: yo: so\n", "stdin", [("1", ANA)]),
        ("[Ana] 10:15:30\nhi\n\n[Bob] 10:15:40\nyo: so\n", "stdin", [("1", ANA)]),
        ("1\n00:00:01,000 --> 00:00:02,000\nAna: hi\n\n2\n00:00:01,000 --> 00:00:02,000\nBob: yo: so\n", "f.srt",
         [("1", ANA)]),
        ("1: hi\n\n2: yo\n", "stdin", [("1", (Turn("1", "hi"),)), ("2", (Turn("2", "yo"),))]),
        ('{"id": "a", "dialogue": "Ana: hi"}\n' * 3, "f", [("a", ANA[:1]), ("a-2", ANA[:1]), ("a-3", ANA[:1])]),
        ('{"id": 2, "dialogue": "Ana: hi"}\n{"dialogue": "Ana: hi"}\n{"id": "2-2", "dialogue": "Ana: hi"}', "f",
         [("2", ANA[:1]), ("2-2", ANA[:1]), ("2-2-2", ANA[:1])]),
        (table(["conversation_id", "speaker", "text"], ["a", "Ana", "hi"], ["b", "Ana", "hi"], ["a", "Bob", "yo: so"]),
         "f.csv", [("a", ANA), ("b", ANA[:1])]),
        ('{"dialogue_id": "d7", "dialogue": "Ana: hi"}\n{"id": 1, "chat_id": "x", "dialogue": "Ana: hi"}', "f",
         [("d7", ANA[:1]), ("1", ANA[:1])]),
        (table(["dialogue_id", "dialogue"], ["007", "Ana: hi"]), "f.csv", [("007", ANA[:1])]),
        (table(["turn_id", "speaker", "text"], ["0", "Ana", "hi"], ["1", "Bob", "yo: so"]), "f.csv", [("1", ANA)]),
        (table(["dialogue_id", "speaker", "text"], ["", "Ana", "hi"], ["", "Bob", "yo: so"]), "f.csv", [("1", ANA)]),
        ('[[{"role": "Ana", "text": "hi"}], [{"role": "Ana", "text": "hi"}]]', "f", [("1", ANA[:1]), ("2", ANA[:1])]),
        ('[["Ana: hi", "Bob: yo: so"], ["Ana: hi"]]', "f", [("1", ANA), ("2", ANA[:1])]),
        ('[[["Ana", "hi"], ["Bob", "yo: so"]], [["Ana", "hi"], ["Bob", "yo: so"]]]', "f", [("1", ANA), ("2", ANA)]),
        ('[["Ana", "hi"], ["Bob", "yo: so"]]', "f", [("1", ANA)]),
    ],
)  # fmt: skip
def test_dialogues_of_every_format(text: str, name: str, wanted: list[tuple[str, tuple[Turn, ...]]]) -> None:
    assert read(text, name) == wanted


def test_fields_of_a_table_with_a_turn_a_row() -> None:
    header = ["dialogue_id", "speaker", "text", "query", "state", "domains"]
    state = "taxi inform ( leaveAt = 17:15 )"
    first, second = reader(
        table(
            header,
            ["a", "Ana", "hi", "why ?", "", ""],
            ["a", "Bob", "yo", "why ?", state, "taxi"],
            ["b", "Cy", "x", "", "", ""],
        ),
        "f.csv",
    )
    assert (first.example.query, first.example.domains, len(first.example.state)) == ("why ?", ("taxi",), 1)
    assert (second.example.query, second.has_state) == (None, False)


def test_dialogues_of_one_turn_each_are_told() -> None:
    given = reader("Ana: hi\n\nBob: yo\n\nAna: so\n")
    assert len(list(given)) == 3
    assert list(given.notes()) == [
        "3 dialogues of one turn each: an empty line ends a dialogue; remove those between turns"
    ]


def test_fields_of_a_table() -> None:
    text = table(
        ["dialogue", "query", "state", "domains", "note"],
        [TEXT, "None", "taxi inform ( leaveAt = 17:15 )", "taxi", "x"],
    )
    (dialogue,) = reader(text, "f.csv")
    assert (dialogue.example.query, dialogue.example.domains) == ("None", ("taxi",))
    assert dialogue.has_state and dialogue.example.state[0].value == "17:15"


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        ('[["Ana: hi", "Bob: yo"], ["Cat: x", "Dan: y"]]', "f", 'f: line 1: turn 1: .*"Ana: hi", "Bob: yo".* may be a'),
        ('{"turns": [["Ana: hi", "Bob: yo"]]}', "f", 'line 1: turn 1: .*write {"speaker": …, "text": …} for each turn'),
        ('["Ana: hi\\nBob: yo", "Cat: x\\nDan: y"]', "f", "line 1: .* may be dialogues, or lines of one"),
        (
            table(["dialogue_id", "speaker", "text"], ["a", "A", "b"], ["", "A", "b"]),
            "f.csv",
            "f.csv: record 2: no dialogue_id, and other rows have one",
        ),
        (
            table(["id", "speaker", "text"], ["a", "A", "b"], ["a", "A", "b"], ["c", "A", "b"]),
            "f.csv",
            "f.csv: the column id names several rows each: call it dialogue_id",
        ),
        (
            table(["turn_id", "speaker", "text"], ["2", "A", "b"], ["1", "A", "c"]),
            "f.csv",
            "f.csv: record 2: turn 1 stands behind turn 2",
        ),
        (
            table(["query", "speaker", "text"], ["x", "A", "b"], ["y", "A", "c"]),
            "f.csv",
            "f.csv: record 2: another query",
        ),
        ("- speaker: A\n  text: b\n", "f.yaml", "f.yaml: is YAML"),
        ('"Ana: hi"\n"Bob: yo"\n', "f", "f: line 1: expected an object"),
        ("", "f", "f: no dialogue in it"),
        ("\n \n", "f.jsonl", "f.jsonl: no dialogue in it"),
        ("id,dialogue\n", "f.csv", "f.csv: no dialogue in it"),
        ("A: b\nA: \0\n", "f", "f: line 2: has NUL bytes"),
        ('{"id": "a", "id": "b", "dialogue": "A: b"}', "f", "line 1: broken JSON: the key 'id' is there twice"),
        ('{"dialogue": "A: b", "state": [{"a": 1, "a": 2}]}', "f", "the key 'a' is there twice"),
        ('{\n"id": 1,\n"id": 2\n}', "f", "broken JSON: the key 'id' is there twice"),
        ('{\n"id": 1,\n"id" 2\n}', "f", "f: line 3: broken JSON"),
        ('[{"turns": []}, 7]', "f", "f: record 1: nobody says anything"),
        ('[{"dialogue": "A: b"}, 7]', "f", "f: record 2: expected an object"),
        ("id,text\n1,x\n", "f.csv", "f.csv: no column dialogue, nor speaker and text: it has id, text"),
        ('id,dialogue\n1,"A: b\n', "f.csv", "f.csv: record 1: broken CSV"),
        ("A: b\n\n" + "a" * (MAX_BYTES - 1) + "\n" * 3, "f", "f: line 3: no speaker"),
        ("A: b\n\n" + "a" * (MAX_BYTES + 1), "f", "f: line 3: longer than"),
        ("A: b\n" + "aaaaaaaaa\n" * (MAX_BYTES // 10 + 1), "f", "f: line 1: a dialogue of more than"),
        ("WEBVTT\n\n" * (MAX_BYTES // 8 + 1), "f", "f: line 1: a dialogue of more than .*; cut it"),
    ],
)
def test_what_is_refused_is_named(text: str, name: str, reason: str) -> None:
    with pytest.raises(TodsumError, match=reason):
        read(text, name)


def test_doubts_are_counted_over_all_dialogues() -> None:
    given = reader("A: b\nyes, so: c\n\nB: d\nno, so: e\n")
    assert len(list(given)) == 2
    (note,) = given.doubts.notes()
    assert note.startswith("2 lines look like a new speaker and were read as part of the turn before")
    assert "stdin: line 1: 'yes, so: c'" in note and "--speakers" in note


def test_speakers_hold_for_every_format() -> None:
    pattern = speaker_pattern(r"^(\w) - ")
    for text, name in (("A - b\n", "f"), ('{"dialogue": "A - b"}', "f"), ("id,dialogue\n1,A - b\n", "f.csv")):
        (dialogue,) = Reader(io.BytesIO(text.encode()), name, None, pattern)
        assert dialogue.example.turns == (Turn("A", "b"),)


def imported(dialogue: object) -> tuple[Turn, ...]:
    rows = RowReader("d", ColumnMap(dialogue="dialogue", summary="summary"), None)
    return rows.read({"dialogue": dialogue, "summary": "s"}, "test", 1, Checker("f", 1)).turns


def of_a_file(text: str) -> tuple[Turn, ...]:
    (found,) = read(text)
    return found[1]


@pytest.mark.parametrize("name", TEXTS)
def test_every_way_reads_the_same_turns(name: str) -> None:
    text, wanted = TEXTS[name]
    turns = tuple(Turn(*turn) for turn in wanted)
    assert imported(text) == of_a_file(json.dumps({"dialogue": text})) == turns
    assert imported(text.splitlines()) == of_a_file(json.dumps(text.splitlines())) == turns
    assert read(table(["dialogue"], [text]), "f.csv") == [("1", turns)]
    if "\n\n" not in text or name in WHOLE:
        assert of_a_file(text) == turns


WHOLE = (
    "WhatsApp",
    "Zoom transcript",
    "Teams transcript",
    "WebVTT",
    "WebVTT, surnames first",
    "SubRip without speakers",
)
LINES = st.lists(
    st.tuples(
        st.sampled_from(["", "Ana", "2nd agent", "😀", "+44 7700 900123", "#P1#", "[10:15] Bob", "at 9", "so, so"]),
        st.sampled_from([":", ": ", " : ", "：", ""]),
        st.text(alphabet="ab 19:.,?#\u2028\t)", max_size=12),
    ).map("".join),
    min_size=1,
    max_size=6,
)  # fmt: skip


@given(LINES)
def test_any_text_is_read_the_same_in_every_way(lines: list[str]) -> None:
    text = "\n".join(line for line in lines if line.strip()) or "x"
    found: list[object] = []
    for way in (imported, lambda text: of_a_file(json.dumps({"dialogue": text})), of_a_file):
        try:
            found.append(way(text))
        except TodsumError as error:
            found.append(
                "no speaker" in str(error)
                or "empty" in str(error)
                or "nobody" in str(error)
                or "any text" in str(error)
            )
    assert found[0] == found[1] == found[2]
