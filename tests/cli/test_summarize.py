"""``todsum-bench summarize``: what it reads, what it writes, and that a kill leaves no trace."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.test_main import run_main
from tests.conftest import ROOT
from todsum import cli

PLAIN = "user: a taxi to ely\nagent: when ?\n  at 17:15 ?\nuser: yes: now\n\n\nA: hello\n"
CALL = (sys.executable, "-m", "tests.summarizing.driver", "summarize", "--model", "dawdle")


class Said:
    """What the command line answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        monkeypatch.setitem(cli.VERBS, "summarize", ("todsum.cli.summarize:summarize", ""))
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, *arguments: object, stdin: str | bytes = "", model: str = "lead-3") -> tuple[int, str, str]:
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        code = run_main(self.monkeypatch, "summarize", "--model", model, *map(str, arguments))
        return (code, *self.capsys.readouterr())


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(monkeypatch, capsys)


def record(i: int, **more: object) -> str:
    turns = [{"speaker": "user", "text": f"dialogue {i} " + "".join(f"word {n} " for n in range(i * 7 % 5))}]
    return json.dumps({"turns": turns, **more}) + "\n"


def test_plain_text_in_and_out(say: Said, tmp_path: Path) -> None:
    summaries = "a taxi to ely\nwhen ? at 17:15 ?\nyes: now\n\nhello\n"
    assert say(stdin=PLAIN) == (0, summaries, "2 summaries\n")
    assert say("-", stdin="\ufeff\r\n" + PLAIN.replace("\n", "\r\n")) == (0, summaries, "2 summaries\n")
    (tmp_path / "chat.txt").write_text(PLAIN)
    assert say(tmp_path / "chat.txt", "--batch-size", 1)[1] == summaries
    out = tmp_path / "out.txt"
    assert say(tmp_path / "chat.txt", "--out", out) == (0, "", f"2 summaries in {out}\n")
    assert out.read_text() == summaries and not (tmp_path / "out.txt.part.json").exists()


def test_json_lines_in_and_out(say: Said, tmp_path: Path) -> None:
    rows = [
        {"id": "a", "turns": [{"speaker": "user", "text": "hi"}], "summary": ["unread"], "whatever": 1},
        {"id": 7, "dialogue": "user: ä\n\nagent: b"},
        {"dialogue": "user: c", "query": "what?", "domains": ["taxi"], "state": "taxi inform ( leaveAt = 17:15 )"},
    ]
    text = "\n\n".join(json.dumps(row) for row in rows)
    wanted = [{"id": "a", "summary": "hi"}, {"id": "7", "summary": "ä\nb"}, {"id": "3", "summary": "c"}]
    code, out, _ = say(stdin=text)
    assert code == 0 and [json.loads(line) for line in out.splitlines()] == wanted
    (tmp_path / "odd.txt").write_text(text)
    assert say(tmp_path / "odd.txt", "--format", "jsonl")[1] == out
    code, out, _ = say("--state", "given", stdin=json.dumps(rows[2]), model="state-template")
    assert code == 0 and "17:15" in json.loads(out)["summary"]


def test_exports_of_chats_and_captions(say: Said, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(
        "1\n00:00:01,000 --> 00:00:02,000\nAna: hi\n\n2\n00:00:03,000 --> 00:00:04,000\nyo\n"
    )
    assert say(tmp_path / "a.srt") == (0, "hi yo\n", "1 summary\n")
    (tmp_path / "a.csv").write_text("id,dialogue\n000,Ana: hi\nNA,Bob: yo\n")
    rows = [json.loads(line) for line in say(tmp_path / "a.csv")[1].splitlines()]
    assert rows == [{"id": "000", "summary": "hi"}, {"id": "NA", "summary": "yo"}]
    assert say("--format", "csv", stdin="id,dialogue\n000,Ana: hi\n")[1] == '{"id": "000", "summary": "hi"}\n'


def test_what_is_read_otherwise_than_it_looks_is_said(say: Said) -> None:
    chat = "31/12/20, 10:14 - Encrypted.\n31/12/20, 10:15 - Ana: hi\neggs: 3\n"
    code, out, err = say(stdin=chat)
    assert (code, out) == (0, "hi eggs: 3\n")
    count, looks, left = err.splitlines()
    assert looks.startswith(
        "1 line looks like a new speaker and was read as part of the turn before (stdin: line 1: 'eggs: 3')"
    )
    assert left.startswith("left out, since nobody says it") and count == "1 summary"
    assert say("--speakers", r"^(\w) - ", stdin="A - hi\nB - yo\n") == (0, "hi\nyo\n", "1 summary\n")
    assert say("--speakers", r"(", stdin="A - hi")[2].startswith(
        "todsum-bench: error: --speakers: not a regular expression"
    )


def test_an_id_is_there_once(say: Said) -> None:
    code, out, err = say(stdin='{"id": "a", "dialogue": "A: b"}\n{"id": "a", "dialogue": "A: c"}\n')
    assert code == 0 and [json.loads(line)["id"] for line in out.splitlines()] == ["a", "a-2"]
    assert err == "2 summaries\n1 id was there before and got a number (stdin: line 2: 'a' is 'a-2')\n"


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "a.txt"), (b"\n \n", "a.txt"), (b"\xef\xbb\xbf\n", "a.jsonl"), (b"id,dialogue\n\n", "a.csv")],
)
def test_a_file_without_dialogues_is_refused(say: Said, tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    code, out, err = say(tmp_path / name, "--out", tmp_path / "out")
    assert (code, out, err) == (2, "", f"todsum-bench: error: {tmp_path / name}: no dialogue in it\n")
    assert say(stdin="\n \n") == (2, "", "todsum-bench: error: stdin: no dialogue in it\n")


def test_losses_are_told_of_where_a_wrong_line_ends_the_command(say: Said) -> None:
    loop = json.dumps({"dialogue": f"A: {'again and ' * 20}"})
    code, out, err = say(stdin=f"{loop}\n{{}}\n")
    assert code == 2 and len(out.splitlines()) == 1
    lost, error = err.splitlines()
    assert lost == "of 1 summary: 1 repeating itself over and over" and error.startswith("todsum-bench: error: stdin: ")


def test_packed_files_and_files_that_are_no_text(say: Said, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(record(1).encode()))
    assert say(tmp_path / "a.jsonl.gz") == (0, '{"id": "1", "summary": "dialogue 1 word 0 word 1"}\n', "1 summary\n")
    for content, reason in (
        ("A: hi\n".encode("utf-16"), "is UTF-16, no text in UTF-8: save it as UTF-8"),
        ("A: hi\n".encode("utf-16-le"), "has NUL bytes: it is UTF-16"),
        ("A: hi\nB: é\n".encode("latin-1"), "line 2: not UTF-8 at byte 3; save it as UTF-8"),
        (gzip.compress(b"A: hi\n"), "is a gzip file, no text in UTF-8: unpack it (gunzip)"),
        (b"PK\3\4 ...", "is a zip file, as .docx and .xlsx are, no text in UTF-8"),
    ):
        code, out, err = say(stdin=content)
        assert (code, out) == (2, "") and err.startswith("todsum-bench: error: stdin: ") and reason in err


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line 3: broken JSON"),
        ("[" * 100_000, "line 3: broken JSON"),
        ("17", "line 3: expected an object"),
        ('{"id": "x"}', "line 3: expected one of"),
        ('{"turns": [], "dialogue": ""}', "line 3: expected one of"),
        ('{"turns": []}', "line 3: nobody says anything"),
        ('{"turns": 7}', "line 3: expected a text"),
        ('{"turns": "hi", "messages": []}', "line 3: expected one of"),
        ('{"turns": [{"speaker": "a"}]}', "line 3: turn 1: expected speaker and text"),
        ('{"dialogue": ["a"]}', "line 3: no speaker at the beginning: 'a'"),
        ('{"dialogue": "hi"}', "line 3: no speaker at the beginning: 'hi'"),
        ('{"dialogue": "a: b", "state": "taxi"}', "line 3: not a state at 'taxi'"),
        ('{"dialogue": "a: b", "state": {"a": 1}}', "line 3: state should be a list of slots"),
        ('{"dialogue": "a: b", "state": [{"domain": "taxi"}]}', "line 3: state entry 1: expected domain"),
        ('{"dialogue": "a: b", "query": 1}', "line 3: query should be text"),
        ('{"dialogue": "a: b", "domains": "taxi"}', "line 3: domains should be a list"),
        ('{"dialogue": "a: b", "evidence": [1]}', "line 3: evidence should be"),
        ('{"dialogue": "a: b", "id": true}', "line 3: id should be"),
        (f'{{"dialogue": "a: {"b" * (1 << 22)}"}}', "line 3: longer than"),
    ],
)
def test_a_wrong_line_stops_after_those_before_it(say: Said, line: str, reason: str) -> None:
    code, out, err = say(stdin=record(1) + record(2) + line + "\n" + record(4))
    assert code == 2 and len(out.splitlines()) == 2
    assert err.startswith("todsum-bench: error: stdin: line 3:") and reason in err and err.count("\n") == 1


def test_bytes_that_are_no_text(say: Said) -> None:
    assert "stdin: line 2: not UTF-8 at byte 3" in say(stdin=b"a: b\na: \xff\n")[2]


@pytest.mark.parametrize(
    ("arguments", "model", "reason"),
    [
        ((), "led-3", "model led-3: no such folder"),
        ((), "oracle", "oracle: reads the reference"),
        ((), "finetune", "has to be trained first"),
        ((), "no/such", "the hub can't be reached"),
        ((), ".", "no finished cell"),
        ((), "setup.cfg", "is a file"),
        (("--state", "predicted"), "lead-3", "lead-3: reads no dialogue state"),
        (("--state", "none"), "state-template", "can't do without a dialogue state"),
        ((), "state-template", "stdin: line 1: no state, and state-template reads one"),
        (("--query", "why?"), "lead-3", "reads no query"),
        (("--device", "gpu"), "lead-3", "--device gpu"),
        (("--batch-size", "0"), "lead-3", "0"),
        (("/no/such",), "lead-3", "/no/such: No such file"),
        (("--out", "/no/such/file"), "lead-3", "/no/such/file: can't write there"),
    ],
)
def test_wrong_use_ends_in_one_line(
    say: Said, arguments: tuple[str, ...], model: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "setup.cfg").touch()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    code, out, err = say(*arguments, stdin="user: hi\n", model=model)
    assert (code, out) == (2, "") and err.count("\n") == 1 and reason in err


def test_an_output_that_is_there_is_not_touched(say: Said, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("mine")
    assert "is there already" in say("--out", out, stdin=PLAIN)[2]
    assert out.read_text() == "mine"


def test_nothing_is_left_of_a_command_that_wrote_nothing(say: Said, tmp_path: Path) -> None:
    (folder := tmp_path / "made").mkdir()
    assert say("--out", folder / "out", stdin="{}\n")[0] == 2
    assert say("--out", folder / "out", stdin="id,dialogue\n", model="longest-3")[0] == 2
    assert not list(folder.iterdir())
    assert say("--out", folder / "out", stdin=PLAIN)[0] == 0


def test_a_complete_output_is_there_already(say: Said, tmp_path: Path) -> None:
    out, text = tmp_path / "out", "".join(map(record, range(9)))
    assert say("--out", out, stdin=text)[0] == 0
    whole, changed = out.read_bytes(), out.stat().st_mtime_ns
    code, _, err = say("--out", out, stdin=text)
    assert code == 0 and "9 summaries" in err and "there already" in err
    other = ("--out", out, "--batch-size", "3")
    for arguments, dialogues in ((other, text), (("--out", out), text + record(9)), (("--out", out), record(0))):
        code, _, err = say(*arguments, stdin=dialogues)
        assert code == 2 and "is there already; remove it" in err
    assert out.read_bytes() == whole and out.stat().st_mtime_ns == changed
    assert [path.name for path in tmp_path.glob("out*")] == ["out"]
    out.write_bytes(whole[:-2] + b"x\n")
    assert say("--out", out, stdin=text)[0] == 2


@pytest.fixture
def half(say: Said, tmp_path: Path) -> tuple[Path, Path, str]:
    """An input, an output that a wrong line has stopped, and the input mended."""
    wrong, mended = "".join(map(record, range(9))), "".join(map(record, range(30)))
    (tmp_path / "in.jsonl").write_text(wrong + "{}\n")
    assert say(tmp_path / "in.jsonl", "--out", tmp_path / "out")[0] == 2
    (tmp_path / "in.jsonl").write_text(mended)
    return tmp_path / "in.jsonl", tmp_path / "out", mended


def test_mended_it_goes_on(say: Said, half: tuple[Path, Path, str]) -> None:
    file, out, mended = half
    assert len(out.read_text().splitlines()) == 9
    with out.open("a") as stream:
        stream.write('{"id": "10", "summ')
    assert say(file, "--out", out)[0] == 0
    assert out.read_text() == say(stdin=mended)[1]


@pytest.mark.parametrize("what", ["input", "shorter input", "model", "options", "output", "part", "version"])
def test_it_does_not_go_on_with_something_else(say: Said, half: tuple[Path, Path, str], what: str) -> None:
    file, out, mended = half
    part, arguments, model = out.with_name("out.part.json"), [], "lead-3"
    if what == "input":
        file.write_text(mended.replace("dialogue 3", "dialogue three"))
    elif what == "shorter input":
        file.write_text("".join(map(record, range(8))))
    elif what == "model":
        model = "longest-3"
    elif what == "options":
        arguments = ["--batch-size", "5"]
    elif what == "output":
        out.write_text(out.read_text().replace("dialogue 3", "dialogue 4"))
    elif what == "part":
        part.write_text("{")
    else:
        part.write_text(part.read_text().replace('"done"', '"dine"'))
    before = out.read_bytes()
    code, _, err = say(file, "--out", out, *arguments, model=model)
    assert code == 2 and f"remove {out} and {part} to begin anew" in err and err.count("\n") == 1
    assert out.read_bytes() == before


@pytest.mark.parametrize("kind", ["jsonl", "text"])
def test_killed_it_goes_on_to_the_same_bytes(tmp_path: Path, kind: str) -> None:
    text = "".join(map(record, range(90))) if kind == "jsonl" else "\n".join(f"user: no {i}\n" for i in range(90))
    (tmp_path / "in").write_text(text)
    command = [*CALL, str(tmp_path / "in"), "--out"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def start(out: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*command, str(out)], cwd=ROOT, stderr=subprocess.PIPE, env=environment)

    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    first, second = start(undisturbed), start(killed)
    while second.poll() is None and (not killed.exists() or killed.stat().st_size < 300):
        time.sleep(0.002)
    second.send_signal(signal.SIGKILL)
    second.communicate()
    assert first.communicate()[1].splitlines()[0] == b"90 summaries in %s" % str(undisturbed).encode()
    assert 300 <= killed.stat().st_size < undisturbed.stat().st_size
    with killed.open("ab") as stream:
        stream.write(b'{"id": "torn')
    (third := start(killed)).communicate()
    assert third.returncode == 0 and killed.read_bytes() == undisturbed.read_bytes()
    assert not list(tmp_path.glob("*.part*"))


def test_ten_thousand_dialogues_through_a_pipe_keep_memory_flat(tmp_path: Path) -> None:
    """The peak of a process that writes 20 MB to stdout is that of one that writes 1 MB."""
    code = (
        "import resource, sys; from todsum import cli\n"
        "cli.VERBS.setdefault('summarize', ('todsum.cli.summarize:summarize', ''))\n"
        "sys.argv = ['todsum-bench', 'summarize', '--model', 'lead-3']\n"
        "try: cli.main()\n"
        "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )

    def peak(n: int) -> int:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert process.stdin and process.stderr
        for i in range(n):
            process.stdin.write(f"user: {i} {'words ' * 300}\n\n".encode())
        process.stdin.close()
        lines = process.stderr.read().decode().splitlines()
        assert process.wait() == 0 and lines[0] == f"{n} summaries"
        return int(lines[-1])

    assert peak(10_000) < peak(500) + 4_000, "kilobytes"


def test_a_reader_that_leaves_early_is_no_error() -> None:
    text = "".join(f"user: number {i}\n\n" for i in range(20_000)).encode()
    piped = f"{sys.executable} -m tests.summarizing.driver summarize --model lead-3 | head -1"
    done = subprocess.run(piped, shell=True, cwd=ROOT, input=text, capture_output=True, check=True)
    assert done.stdout == b"number 0\n" and b"Traceback" not in done.stderr
