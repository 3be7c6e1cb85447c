from __future__ import annotations

import json
from pathlib import Path

import pytest

from todsum.cli import cli
from todsum.errors import TodsumError
from todsum.summarizing.reading import Format
from todsum.summarizing.writing import form_of

CHAT = "Ana: hi\nBen: yo\n\nAna: bye\n"


@pytest.mark.parametrize(
    ("name", "usual", "form"),
    [
        (None, "text", "text"),
        (None, "jsonl", "jsonl"),
        ("a.txt", "text", "text"),
        ("a.txt", "jsonl", "jsonl"),
        ("a", "text", "text"),
        ("a.jsonl", "text", "jsonl"),
        ("a.b/c.JSONL", "text", "jsonl"),
        ("a.json", "text", "jsonl"),
        ("a.ndjson", "text", "jsonl"),
        ("jsonl", "text", "text"),
    ],
)
def test_the_form_is_what_the_name_says(name: str | None, usual: Format, form: Format) -> None:
    assert form_of(None if name is None else Path(name), usual) == form


@pytest.mark.parametrize("name", ["a.gz", "a.jsonl.GZ", "a.csv", "a.tsv"])
def test_a_name_of_another_form_is_refused(name: str) -> None:
    with pytest.raises(TodsumError, match=name):
        form_of(Path(name), "text")


def test_text_as_json_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    out, chats = tmp_path / "summaries.jsonl", tmp_path / "chats.txt"
    chats.write_text(CHAT, encoding="utf-8")
    command = ["summarize", "--model", "lead-3", str(chats), "--out", str(out)]
    assert CliRunner().invoke(cli, command).exit_code == 0
    assert [json.loads(line)["summary"] for line in out.read_text(encoding="utf-8").splitlines()] == ["hi\nyo", "bye"]
    again = CliRunner().invoke(cli, command)
    assert again.exit_code == 0 and "there already" in again.stderr
