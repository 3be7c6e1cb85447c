"""Archives that unpack to far more than they hold, or not at all: refused within bounds, whatever the member."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.bench.toy import toy_data
from tests.cli.refused.test_files import check_refused
from tests.leaderboard.made import meta, write_submission

ZEROS = bytes(1 << 20)


def _gzip_of(size: int, piece: bytes) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0, compresslevel=9) as stream:
        for _ in range(size // len(piece)):
            stream.write(piece)
    return packed.getvalue()


GZIPS: dict[str, Callable[[], bytes]] = {
    "one line": lambda: _gzip_of(1 << 26, ZEROS),
    "blank lines": lambda: _gzip_of(1 << 26, b"\n" * (1 << 20)),
    "brackets": lambda: _gzip_of(1 << 25, b"[" * (1 << 20)),
    "rows": lambda: _gzip_of(1 << 26, b"{}\n" * (1 << 18)),
    "in gzip": lambda: gzip.compress(_gzip_of(1 << 26, ZEROS)),
    "two members": lambda: gzip.compress(b"{}\n") * 2,
    "cut": lambda: gzip.compress(b'{"id": "a"}\n' * 1000)[:-9],
    "wrong checksum": lambda: gzip.compress(b'{"id": "a"}\n')[:-8] + bytes(8),
    "header alone": lambda: gzip.compress(b"")[:10],
    "zip": lambda: _zip(lambda archive: archive.writestr("a", b"b")),
}


def _zip(fill: Callable[[zipfile.ZipFile], object], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", kind) as archive:
        fill(archive)
    return packed.getvalue()


def _records(archive: zipfile.ZipFile, path: str = "todsum/todsum/test.json") -> None:
    archive.writestr(path, "[]")


def _member(name: str, size: int = 1 << 26) -> Callable[[zipfile.ZipFile], None]:
    def fill(archive: zipfile.ZipFile) -> None:
        _records(archive)
        with archive.open(name, "w", force_zip64=True) as stream:
            for _ in range(size >> 20):
                stream.write(ZEROS)

    return fill


def _many(archive: zipfile.ZipFile) -> None:
    _records(archive)
    info = zipfile.ZipInfo
    for number in range(150_000):
        archive.filelist.append(made := info(f"a/{number:0100}"))
        made.header_offset = made.CRC = made.compress_size = made.file_size = 0
    archive._didModify = True  # type: ignore[attr-defined]


def _encrypted() -> bytes:
    packed = bytearray(_zip(_records))
    packed[6] |= 1  # of the member's own header, and of the list of members
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def _lying() -> bytes:
    """Says that its member unpacks to 2³¹ bytes."""
    packed = bytearray(_zip(_records))
    place = packed.index(b"PK\x01\x02")
    packed[place + 24 : place + 28] = struct.pack("<I", 1 << 31)
    return bytes(packed)


ZIPS: dict[str, Callable[[], bytes]] = {
    "huge member": lambda: _zip(_member("todsum/todsum/test.json.old")),
    "huge file": lambda: _zip(_member("todsum/todsum/valid.json")),
    "huge hidden file": lambda: _zip(_member("todsum/.x")),
    "huge file elsewhere": lambda: _zip(_member("b")),
    "many members": lambda: _zip(_many),
    "out of it": lambda: _zip(lambda a: (_records(a), a.writestr("todsum/../../x", "y"))),
    "absolute": lambda: _zip(lambda a: (_records(a), a.writestr("/etc/x", "y"))),
    "backslashes": lambda: _zip(lambda a: (_records(a), a.writestr("todsum\\..\\..\\x", "y"))),
    "encrypted": _encrypted,
    "lying": _lying,
    "bzip2": lambda: _zip(_member("todsum/todsum/train.json", 1 << 24), zipfile.ZIP_BZIP2),
    "lzma": lambda: _zip(_member("todsum/todsum/train.json", 1 << 24), zipfile.ZIP_LZMA),
    "twice": lambda: _zip(lambda a: [_records(a), a.writestr("todsum/todsum/test.json", "[1]")]),
    "cut": lambda: _zip(_records)[:-5],
    "no list": lambda: _zip(_records)[:30],
    "gzip": lambda: gzip.compress(b"{}"),
    "nested": lambda: _zip(lambda a: a.writestr("todsum.zip", _zip(_records))),
}


@cache
def _packed(name: str) -> bytes:
    return GZIPS[name]()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ZIPS)
def test_zips(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    (tmp_path / "d.zip").write_bytes(ZIPS[name]())
    check_refused(["data", "show", "todsum", "--data", "d.zip"], {"d.zip"}, monkeypatch, capsys)


@pytest.mark.parametrize("name", GZIPS)
@pytest.mark.parametrize("command", ["validate", "score", "check", "summarize"])
def test_gzips(
    command: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    packed = _packed(name)
    if command == "validate":
        write_submission(tmp_path / "mine", meta(), None)
        (tmp_path / "mine" / "predictions.jsonl.gz").write_bytes(packed)
        check_refused(["leaderboard", "validate", "mine"], {"predictions.jsonl.gz"}, monkeypatch, capsys)
    elif command == "score":
        toy_data(tmp_path / "data", train=1, valid=1, test=2)
        (tmp_path / "p.jsonl.gz").write_bytes(packed)
        arguments = ["score", "--dataset", "todsum-sim", "--data", "data", "--predictions", "p.jsonl.gz"]
        check_refused(arguments, {"p.jsonl.gz"}, monkeypatch, capsys)
    elif command == "check":
        (tmp_path / "hub").mkdir()
        (tmp_path / "hub" / "test.jsonl").write_bytes(packed)
        arguments = ["data", "check", "hub:./hub", "--columns", "dialogue=dialogue,summary=summary"]
        check_refused(arguments, {"test.jsonl", "hub:hub"}, monkeypatch, capsys)
    else:
        (tmp_path / "d.jsonl").write_bytes(packed)
        check_refused(["summarize", "--model", "lead-3", "d.jsonl"], {"d.jsonl"}, monkeypatch, capsys)


@pytest.mark.parametrize("repeated", [True, False])
def test_parquet(
    repeated: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    count = 100
    table = pyarrow.table({"dialogue": ["ana: " + "x" * (1 << 20)] * count, "summary": ["they met."] * count})
    (tmp_path / "hub").mkdir()
    parquet.write_table(table, tmp_path / "hub" / "test.parquet", compression="zstd", use_dictionary=repeated)
    arguments = ["data", "check", "hub:./hub", "--columns", "dialogue=dialogue,summary=summary"]
    check_refused(arguments, {"test.parquet"}, monkeypatch, capsys)
