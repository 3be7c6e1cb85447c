"""A hub of our own on 127.0.0.1 for tests: what huggingface_hub asks of the real one to publish and to download."""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.forks import Command

TOKEN = "hf_aSecretThatIsNeverPrinted"
#: Files that the hub keeps as LFS objects.
_LARGE = (".parquet", ".safetensors")


@dataclass
class Repository:
    """Commits as files by path, oldest first, and what each branch is at."""

    private: bool
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)

    def commit(self, branch: str, files: dict[str, bytes]) -> str:
        told = hashlib.sha1(repr((len(self.commits), sorted(files))).encode()).hexdigest()
        self.commits[told] = files
        self.branches[branch] = told
        return told

    def at(self, revision: str) -> str | None:
        return self.branches.get(revision) or (revision if revision in self.commits else None)


@dataclass
class Hub:
    """The hub's state, what it was asked, and how it misbehaves.

    Attributes:
        repositories: data sets by name.
        models: models by name.
        broken: of each ``METHOD part-of-path``, how many of the next requests end in a broken connection.
        lost: the same, but the request is carried out and its answer is lost.
        busy: the same, answered with 503.
    """

    url: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    models: dict[str, Repository] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: set[str | None] = field(default_factory=set)
    broken: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    busy: dict[str, int] = field(default_factory=dict)

    def of(self, kind: str) -> tuple[dict[str, Repository], str]:
        """The repositories of a kind, and what their pages' addresses start with."""
        return (self.repositories, f"{self.url}/datasets/") if kind == "dataset" else (self.models, f"{self.url}/")

    def add(self, name: str, folder: Path, kind: str = "dataset") -> str:
        """Publishes a folder; returns the commit."""
        repository = self.of(kind)[0].setdefault(name, Repository(False))
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        return repository.commit("main", files)


@contextmanager
def hub() -> Iterator[Hub]:
    """A running hub."""
    state = Hub()

    class Handler(_Handler):
        hub = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


def _variables(hub: Hub, tmp_path: Path) -> dict[str, str]:
    return {
        "HF_ENDPOINT": hub.url,
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HOME": str(tmp_path / "hf"),
        "HF_TOKEN": TOKEN,
        "TODSUM_CACHE": str(tmp_path / "cache"),
    }


def run_with(hub: Hub, code: str, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs Python code in a process whose hub is this one."""
    values = os.environ | _variables(hub, tmp_path) | environment
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=values, capture_output=True, text=True, timeout=240, check=False)


def _command_line() -> None:
    """Runs the command line of ``sys.argv`` in a fork: with the hub of its environment, without waiting for tries."""
    import huggingface_hub.constants

    from todsum.cli import main
    from todsum.hub import push

    importlib.reload(huggingface_hub.constants)
    assert push.__defaults__
    push.__defaults__ = ((0.0, 0.0), *push.__defaults__[1:])
    main()


def push(
    hub: Hub, verb: str, folder: Path, tmp_path: Path, *options: str, **environment: str
) -> tuple[int | None, str, str]:
    """Pushes a folder to ``me/toy`` by ``VERB push``: exit code, stdout, stderr, in which no token or traceback is."""
    arguments = [verb, "push", "me/toy", "--folder", str(folder), *options]
    code, out, err = Command(_command_line, arguments, _variables(hub, tmp_path) | environment).end()
    assert TOKEN not in out + err
    assert "Traceback" not in err, err
    return code, out, err


def content(folder: Path) -> dict[str, bytes]:
    """All files of a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: Any) -> None:
        """Silence."""

    def handle_any(self) -> None:
        path = unquote(urlsplit(self.path).path)
        asked = f"{self.command} {path}"
        self.hub.asked.append(asked)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.hub.tokens.add(self.headers.get("Authorization"))
        if self._due(self.hub.broken, asked):
            self.close_connection = True
            self.connection.close()
            return
        if self._due(self.hub.busy, asked):
            return self._reply(503, {"error": "busy"})
        answer = self._answer(path, body)
        if self._due(self.hub.lost, asked):
            self.close_connection = True
            self.connection.close()
            return
        self._reply(*answer)

    do_GET = do_POST = do_PUT = do_HEAD = handle_any

    def _due(self, faults: dict[str, int], asked: str) -> bool:
        for pattern, count in faults.items():
            method, _, part = pattern.partition(" ")
            if count > 0 and asked.startswith(method) and part in asked:
                faults[pattern] = count - 1
                return True
        return False

    def _reply(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(raw)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def _answer(self, path: str, body: bytes) -> tuple[Any, ...]:
        hub = self.hub
        if path == "/api/repos/create":
            wanted = json.loads(body)
            name = f"{wanted['organization']}/{wanted['name']}"
            repositories, pages = hub.of(wanted.get("type") or "model")
            if name in repositories:
                return 409, {"error": "it exists", "url": f"{pages}{name}"}
            repository = repositories[name] = Repository(wanted.get("visibility") == "private")
            repository.commit("main", {".gitattributes": b"*.parquet filter=lfs\n"})
            return 200, {"url": f"{pages}{name}", "name": name}
        if path == "/api/validate-yaml":
            return 200, {"errors": [], "warnings": []}
        if path.startswith("/objects/"):
            hub.objects[path.removeprefix("/objects/")] = body
            return 200, {}
        short = path.strip("/").removeprefix("api/")
        repositories, pages = hub.of("dataset" if short.startswith("datasets/") else "model")
        parts = short.removeprefix("datasets/").removeprefix("models/").split("/")
        name = "/".join(parts[:2]).removesuffix(".git")
        if name not in repositories:
            return 404, {"error": "no such repository"}, {"X-Error-Code": "RepoNotFound"}
        return self._about(name, repositories[name], pages, parts[2:] or ["revision", "main"], body)

    def _about(self, name: str, repository: Repository, pages: str, rest: list[str], body: bytes) -> tuple[Any, ...]:
        hub, what = self.hub, rest[0]
        if what == "info":  # LFS
            objects = [
                {"oid": one["oid"], "size": one["size"]}
                | (
                    {}
                    if one["oid"] in hub.objects
                    else {"actions": {"upload": {"href": f"{hub.url}/objects/{one['oid']}", "header": {}}}}
                )
                for one in json.loads(body)["objects"]
            ]
            return 200, {"objects": objects}
        revision = rest[1]
        if what == "branch":
            if revision in repository.branches:
                return 409, {"error": "it exists"}
            repository.branches[revision] = repository.branches["main"]
            return 200, {}
        sha = repository.at(revision)
        if sha is None:
            return 404, {"error": "no such revision"}, {"X-Error-Code": "RevisionNotFound"}
        files = repository.commits[sha]
        if what == "revision":
            siblings = [{"rfilename": path} for path in files]
            return 200, {"id": name, "sha": sha, "private": repository.private, "siblings": siblings, "tags": []}
        if what == "preupload":
            told = [
                {
                    "path": one["path"],
                    "uploadMode": "lfs" if one["path"].endswith(_LARGE) else "regular",
                    "shouldIgnore": False,
                    "oid": _oid(one["path"], files[one["path"]]) if one["path"] in files else None,
                }
                for one in json.loads(body)["files"]
            ]
            return 200, {"files": told}
        if what == "commit":
            return self._commit(f"{pages}{name}", repository, revision, sha, body)
        if what == "tree":
            return 200, [_entry(path, content) for path, content in files.items()]
        assert what == "resolve", what
        path = "/".join(rest[2:])
        if path not in files:
            return 404, {"error": "no such file"}, {"X-Error-Code": "EntryNotFound"}
        return 200, files[path], {"ETag": f'"{_oid(path, files[path])}"', "X-Repo-Commit": sha}

    def _commit(self, page: str, repository: Repository, branch: str, sha: str, body: bytes) -> tuple[Any, ...]:
        header, *operations = map(json.loads, body.decode().splitlines())
        if header["value"].get("parentCommit", sha) != sha:
            return 412, {"error": "the branch has moved on"}
        files = dict(repository.commits[sha])
        for operation in operations:
            value = operation["value"]
            if operation["key"] == "deletedFile":
                del files[value["path"]]
            elif operation["key"] == "lfsFile":
                if value["oid"] not in self.hub.objects:
                    return 400, {"error": "its content was not sent"}
                files[value["path"]] = self.hub.objects[value["oid"]]
            else:
                files[value["path"]] = base64.b64decode(value["content"])
        told = repository.commit(branch, files)
        return 200, {"commitUrl": f"{page}/commit/{told}", "commitOid": told}


def _oid(path: str, content: bytes) -> str:
    if path.endswith(_LARGE):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _entry(path: str, content: bytes) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "file", "path": path, "size": len(content), "oid": _oid(path, content)}
    if path.endswith(_LARGE):
        entry["lfs"] = {"oid": _oid(path, content), "size": len(content), "pointerSize": 130}
    return entry
