"""What summaries lost: counted against slow counts, over kills, and said in one line."""

from __future__ import annotations

import json
from pathlib import Path

from transformers import AutoTokenizer

from tests.summarizing import cells
from todsum.summarizing.dialogue import from_value
from todsum.summarizing.losses import losses_line, losses_of
from todsum.summarizing.model import Summary, load
from todsum.summarizing.progress_file import OutFile, Progress
from todsum.summarizing.writing import rendered
from todsum.training.texts import dialogue_text
from todsum.written import Written

LOOP = "the same words. " * 5


def test_losses_of_a_summary() -> None:
    assert losses_of("fine", None) == ()
    assert losses_of(Written(LOOP, ("source", "output")), None) == ("source", "output", "loop")
    assert losses_of(" \n", None) == ("empty",)
    assert losses_of(Written("", lack="too_long"), None) == ("too_long",)
    assert losses_of("half \ud83d", None) == ("surrogate",)
    assert losses_of("fine", "taxi inform ( leave = 17:15 )") == ()
    assert losses_of("fine", Written("taxi inform ( leave", ("source", "output"))) == (
        "tracked_source",
        "state_output",
        "unparsed_state",
    )


def test_one_line() -> None:
    assert losses_line({}, 3) is None
    assert losses_line({"empty": 0}, 3) is None
    assert losses_line({"empty": 1, "source": 2}, 12) == (
        "of 12 summaries: 2 of a dialogue that was cut to length, 1 empty"
    )


def test_half_a_character_is_written_as_a_sign_for_it() -> None:
    assert rendered(Summary("a", "x \ud83d"), "text", 0) == "x \ufffd\n".encode()
    assert json.loads(rendered(Summary("a", "x \ud83d", "\udfff"), "jsonl", 0)) == {
        "id": "a",
        "summary": "x \ufffd",
        "state": "\ufffd",
    }


def test_a_trained_model_tells_of_dialogues_that_it_cut() -> None:
    cell = cells.runs()["plain"]
    words = {"short": 2, "middle": 60, "long": 300}
    texts = [f"user: {'taxi ' * count}" for count in words.values()]
    tokenizer = AutoTokenizer.from_pretrained(cell / "model")
    examples = [from_value(text, "here", "1").example for text in texts]
    lengths = [len(tokenizer(dialogue_text(example))["input_ids"]) for example in examples]
    found = list(load(cell, "cpu").stream(texts))
    assert ["source" in summary.losses for summary in found] == [
        length > cells.SMALL["max_source_tokens"] for length in lengths
    ]
    assert any("source" in summary.losses for summary in found)
    assert {type(summary.text) for summary in found} == {str}
    for summary in found:
        ids = tokenizer(summary.text, add_special_tokens=False)["input_ids"]
        assert "output" in summary.losses or len(ids) < cells.SMALL["max_target_tokens"]


def test_counts_of_a_killed_run_are_kept(tmp_path: Path) -> None:
    path, options = tmp_path / "out.jsonl", {"model": "m"}
    dialogues = [from_value(f"user: {n}", "here", str(n)) for n in range(5)]
    with OutFile(path, options) as first:
        for _, _ in zip(range(2), first.read(dialogues), strict=False):
            pass
        first.append([b"a\n", b"b\n"], ["source", "empty"])
    part = path.with_name("out.jsonl.part.json")
    assert json.loads(part.read_text())["losses"] == {"source": 1, "empty": 1}
    with OutFile(path, options) as second:
        assert second.done == 2
        list(second.read(dialogues))
        second.append([b"c\n"], ["source"])
        assert dict(second.losses) == {"source": 2, "empty": 1}


def test_the_record_of_an_earlier_version_is_read() -> None:
    assert Progress.model_validate_json('{"options": {}, "done": 2}').losses == {}
