from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.toy import toy_data, write_suite
from tests.conftest import ROOT
from tests.report.runs import write_runs
from todsum.console import Console
from todsum.terminal import escaped, one_line, say, tell

UNSAFE = [*map(chr, range(9)), "\x0b", "\x0c", *map(chr, range(0x0E, 0x20)), *map(chr, range(0x7F, 0xA0))]
UNSAFE += ["\u2028", "\u2029", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A)), "\udc9b", "a\rb"]


@pytest.mark.parametrize("text", UNSAFE)
def test_what_steers_a_terminal_is_written_out(text: str) -> None:
    shown = escaped(text)
    assert shown.isprintable()
    assert json.loads(f'"{shown}"') == text


def test_what_does_not_is_left() -> None:
    text = 'Zoë said:\t"čau" – 你好 שלום 👩‍👧\r\n'
    assert escaped(text) == text
    assert escaped(json.dumps({"a": text})) == json.dumps({"a": text})


def test_json_keeps_its_meaning() -> None:
    content = {"id": "\x9b31m\u202e\udc9b\x7f"}
    assert json.loads(escaped(json.dumps(content, ensure_ascii=False))) == content


def test_a_line_stays_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert one_line("a\r\nb\n\n") == "a b"
    tell("finished\nfailed\x1b[2J")
    say("two\nlines\x1b", nl=False)
    assert capsys.readouterr() == ("two\nlines\\u001b", "finished failed\\u001b[2J\n")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "todsum", *arguments]


def without_reader() -> int:
    """The end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


QUIET = [
    ["--help"],
    [],
    ["table", "--help"],
    ["methods"],
    ["table", "RUNS"],
    ["data", "show", "todsum", "--data", "/nowhere"],
    ["run", "smoke", "--out", "OUT", "--only", "label=lead-3", "--only", "dataset=todsum-sim"],
]


@pytest.mark.parametrize("arguments", QUIET, ids=" ".join)
def test_output_that_nobody_reads_is_no_error(arguments: list[str], tmp_path: Path) -> None:
    """The exit code is what it would be; all streams are silent."""
    write_runs(tmp_path / "runs")
    called = [{"RUNS": str(tmp_path / "runs"), "OUT": str(tmp_path / "out")}.get(word, word) for word in arguments]
    kept = subprocess.run(command(*called), cwd=ROOT, capture_output=True, check=False)
    if "run" in arguments:
        assert kept.returncode == 0, "scores of the cells that were left out are not asked for"
    for streams in (("stdout",), ("stdout", "stderr")):
        ends = {name: without_reader() for name in streams}
        silent = subprocess.run(
            command(*called), cwd=ROOT, stdout=ends["stdout"], stderr=ends.get("stderr", subprocess.PIPE), check=False
        )
        for end in ends.values():
            os.close(end)
        assert silent.returncode == kept.returncode
        assert "stderr" in ends or b"Traceback" not in silent.stderr
        assert "stderr" in ends or b"Exception ignored" not in silent.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_named() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command("methods"), cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "standard output: No space left on device" in done.stderr


def on_a_terminal(*arguments: str) -> str:
    """What a terminal is sent by a command."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command(*arguments), cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    sent = b""
    try:
        while block := os.read(ours, 4096):
            sent += block
    except OSError:  # its end, on Linux
        pass
    process.wait()
    os.close(ours)
    return sent.decode()


def test_summaries_can_not_steer_a_terminal(tmp_path: Path) -> None:
    turn = "it is \x1b]0;mine\x07 \x9b31m \u202e here"
    (tmp_path / "chats.jsonl").write_text(
        json.dumps({"id": "a\x1bc", "turns": [{"speaker": "Ana", "text": turn}]}) + "\n", encoding="utf-8"
    )
    sent = on_a_terminal("summarize", "--model", "lead-3", str(tmp_path / "chats.jsonl"))
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(sent), sent
    assert json.loads(sent.splitlines()[0])["id"] == "a\x1bc"
    piped = subprocess.run(
        command("summarize", "--model", "lead-3", str(tmp_path / "chats.jsonl")),
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert "\u202e" in piped.stdout.decode(), "a pipe is given the text as it is"


def test_lines_of_progress_show_labels_as_they_are(tmp_path: Path) -> None:
    """Neither as markup nor as emoji, nor as what steers the terminal."""
    label = "x[red] :car: \x9b31m\u202e"
    (tmp_path / "s.yaml").write_text(
        json.dumps(
            {
                "name": "odd",
                "description": "odd labels",
                "simulate": {"dialogues": 30, "seed": 1},
                "grids": [
                    {"dataset": "todsum", "settings": ["in-domain"], "methods": [{"name": "lead-3", "label": label}]}
                ],
            }
        ),
        encoding="utf-8",
    )
    sent = on_a_terminal("run", str(tmp_path / "s.yaml"), "--out", str(tmp_path / "runs"))
    assert "(x[red] :car: \\u009b31m\\u202e)" in sent
    assert not {"\x9b", "\u202e"} & set(sent)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("stream", ["2>&-", "2>/dev/full", "<&- 2>&-"])
@pytest.mark.parametrize(
    "command", ["run {suite} --data {data} --out {out}", "score --hypotheses {h} --references {h}"]
)
def test_the_work_goes_on_without_standard_error(tmp_path: Path, command: str, stream: str) -> None:
    names = {name: tmp_path / name for name in ("suite", "data", "out", "h")}
    write_suite(names["suite"])
    toy_data(names["data"], train=1, valid=1, test=2)
    names["h"].write_text("a taxi\n", encoding="utf-8")
    line = f"exec {sys.executable} -m todsum {command.format(**names)} {stream}"
    done = subprocess.run(["bash", "-c", line], stdout=subprocess.PIPE, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout
    wrong = f"exec {sys.executable} -m todsum tabel {stream}"
    assert subprocess.run(["bash", "-c", wrong]).returncode == 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1:strict", "cp1252:strict", "utf-8"])
def test_letters_that_a_terminal_lacks_are_written_out(encoding: str) -> None:
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = subprocess.run(command("run", "--help"), cwd=ROOT, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert ("\\u2026" in done.stdout.decode("latin-1")) == (encoding == "latin-1:strict")


@pytest.mark.parametrize("columns", ["0", "1", "-5", "x"])
def test_a_console_without_columns_shows_its_lines(columns: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", columns)
        Console().print_line("finished a cell")
    assert capsys.readouterr().err == "finished a cell\n"


@pytest.mark.parametrize(
    ("command", "closed", "said"),
    [
        ("methods", ">&-", "standard output is closed"),
        ("summarize --model lead-3 {file}", ">&-", "standard output is closed"),
        ("summarize --model lead-3 -", "<&-", "standard input is closed"),
    ],
)
def test_a_closed_stream_is_one_line(tmp_path: Path, command: str, closed: str, said: str) -> None:
    file = tmp_path / "chats.txt"
    file.write_text("Ana: hi\nBob: yo\n")
    line = f"{sys.executable} -m todsum {command.format(file=file)} {closed}"
    done = subprocess.run(["bash", "-c", line], stderr=subprocess.PIPE, text=True, timeout=120)
    assert (done.returncode, said in done.stderr, done.stderr.count("\n")) == (2, True, 1)
