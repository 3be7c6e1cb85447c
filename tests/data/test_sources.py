from __future__ import annotations

import hashlib
import http.server
import threading
import zipfile
from functools import partial
from pathlib import Path

import pytest

from todsum.data import sources
from todsum.data.lock import Lock, read_lock
from todsum.errors import TodsumError


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lock:
    """A lock whose archive is served on this machine."""
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    content = b"[]"
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        file.writestr("TODSum-1/todsum/test.json", content)
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    monkeypatch.setattr(http.server.SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    digest = hashlib.sha256(content).hexdigest()
    url = f"http://127.0.0.1:{server.server_port}/x.zip"
    return read_lock("todsum").model_copy(update={"archive": url, "files": {"todsum/test.json": digest}})


def test_a_download_is_checked_and_kept(archive: Lock) -> None:
    path = sources.download(archive)
    source = sources.open_source("todsum", path)
    assert source.names() == ["todsum/test.json"]
    assert source.open("todsum/test.json").read() == b"[]"
    assert sources.download(archive.model_copy(update={"archive": "http://127.0.0.1:9/gone"})) == path


def test_a_download_that_is_not_the_pinned_one_is_refused(archive: Lock) -> None:
    other = archive.model_copy(update={"files": {"todsum/test.json": "0" * 64}})
    with pytest.raises(TodsumError, match="not the pinned one"):
        sources.download(other)
    with pytest.raises(TodsumError, match="can't download"):
        sources.download(archive.model_copy(update={"archive": archive.archive + "x"}))


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "todsum.zip").write_bytes(b"PK no zip")
    with pytest.raises(TodsumError, match="not a readable zip"):
        sources.open_source("todsum", tmp_path / "todsum.zip")


def test_a_zip_of_two_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "todsum.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for top in ("new", "old"):
            archive.writestr(f"{top}/todsum/test.json", "[]")
    with pytest.raises(TodsumError, match=r"the data set is there twice, in new/ and old/"):
        sources.open_source("todsum", path)


def test_a_damaged_zip_is_named(tmp_path: Path) -> None:
    path = tmp_path / "todsum.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("todsum/test.json", b"[" + b"1, " * 5000 + b"1]")
        archive.writestr("todsum/._test.json", b"\x00")
    source = sources.open_source("todsum", path)
    assert source.names() == ["todsum/test.json"]
    raw = bytearray(path.read_bytes())
    raw[60:90] = b"x" * 30
    path.write_bytes(raw)
    with pytest.raises(TodsumError, match=r"test\.json: can't be read"):
        sources.open_source("todsum", path).sha256("todsum/test.json")
    with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("todsum/test.json", b"[]")
        archive.writestr("todsum/test.json", b"[1]")
    with pytest.raises(TodsumError, match="there twice"):
        sources.open_source("todsum", path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TodsumError, match=r"gone\.json: No such file"):
        sources.FolderSource(tmp_path).open("gone.json")
