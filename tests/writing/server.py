"""The command line in processes that end at a chosen write. Reads lists of requests as JSON lines, answers likewise.

Commands of one list run at the same time.

Every command runs in a fork of this process, so that heavy packages are imported once. A hook of Python's audit counts
what changes files below a folder: files opened to be written, renamed, removed or cut, folders made or removed.
"""

from __future__ import annotations

import errno
import fcntl
import importlib
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Bytes of a file that are written before the disk is full, or the process is killed.
ROOM = 5
_IMPORTED = (
    "benchmarks.rebuild",
    "datasets",
    "transformers",
    "peft",
    "matplotlib.figure",
    "rich.progress",
    "rouge_score.tokenizers",
    "rouge_score.rouge_scorer",
    "todsum.bench.executors",
    "todsum.cli.run",
    "todsum.cli.summarize",
    "todsum.data.hub.export",
    "todsum.human.export",
    "todsum.human.evaluate",
    "todsum.leaderboard.adding",
    "todsum.leaderboard.board",
    "todsum.leaderboard.site",
    "todsum.methods.trained",
    "todsum.summarizing.export",
    "todsum.pretraining.training",
    "todsum.report.site.of_runs",
    "todsum.summarizing.model",
)
_CHANGES = {"os.rename": 2, "os.remove": 1, "os.mkdir": 2, "os.rmdir": 1}
"""Places of the descriptor of the folder that a path starts from, in the arguments of these events."""
_FSYNC = "tests.fsync"
_ERRORS = {"no space": errno.ENOSPC, "read-only": errno.EROFS}


@dataclass
class Watch:
    """Counts changes below a folder and, at one of them, kills the process or fills the disk.

    Attributes:
        root: the folder.
        end: what happens: ``kill`` (before the change), ``torn`` (in the midst of a write), ``full`` (there) or, from
            this change on, ``no space`` (no new file, no new folder, nothing to the disk); or, at all changes,
            ``read-only`` or ``mount``: the folder can't be renamed or removed, and nothing can be moved into it or out
            of it.
        at: the number of the change, from 1; 0 for none.
    """

    root: str
    end: str
    at: int
    count: int = 0

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        path = self._changed(event, arguments)
        if self.end == "mount" and event in ("os.rename", "os.rmdir"):
            self._as_mount_point(path, arguments)
        if path is None or not Path(path).is_relative_to(self.root):
            return
        if event != "open" or arguments[2] & os.O_TMPFILE != os.O_TMPFILE:
            self.count += 1
        if self._fails(event, path):
            raise OSError(_ERRORS[self.end], os.strerror(_ERRORS[self.end]), path if event != _FSYNC else None)
        if self.count != self.at or self.end == "no space":
            return
        if self.end == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.end == "torn":
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        size = Path(path).stat().st_size if event == "open" and Path(path).exists() else 0
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + ROOM, resource.RLIM_INFINITY))

    def _fails(self, event: str, path: str) -> bool:
        if self.end == "no space" and 0 < self.at <= self.count:
            return event in ("os.mkdir", _FSYNC) or (event == "open" and not Path(path).exists())
        return self.end == "read-only" and event != _FSYNC

    def _as_mount_point(self, path: str | None, arguments: tuple[Any, ...]) -> None:
        root = Path(self.root).resolve()
        moved = [Path(path or "")] + [
            Path(os.fsdecode(target)) for target in arguments[1:2] if not isinstance(target, int)
        ]
        places = [place.parent.resolve() / place.name for place in moved]
        if root in places or Path(self.root) in places:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), path)
        if len({place.is_relative_to(root) for place in places}) > 1:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), path)

    def _changed(self, event: str, arguments: tuple[Any, ...]) -> str | None:
        if event == _FSYNC:
            return str(arguments[0])
        if event == "open":
            path, _, flags = arguments
            writes = flags & (os.O_WRONLY | os.O_RDWR)
            return str(Path.cwd() / os.fsdecode(path)) if writes and not isinstance(path, int) else None
        if event not in _CHANGES:
            return None
        descriptor = arguments[_CHANGES[event]]
        folder = Path(f"/proc/self/fd/{descriptor}").readlink() if descriptor >= 0 else Path.cwd()
        return str(folder / os.fsdecode(arguments[0]))


def _without_locks(*_: object) -> None:
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


def _told_fsync(descriptor: int) -> None:
    sys.audit(_FSYNC, str(Path(f"/proc/self/fd/{descriptor}").readlink()))
    _fsync(descriptor)


_fsync = os.fsync


def prepare() -> None:
    """Imports what is heavy, and makes models and the suite of ``quickstart`` small."""
    for name in _IMPORTED:
        importlib.import_module(name)
    from todsum.bench import executors
    from todsum.cli import quickstart, shipped
    from todsum.methods.registry import BUILT_IN, Entry
    from todsum.modeling import scratch
    from todsum.pretraining import training

    training.TOKENIZER_PAIRS, training.COPIES = 60, 1
    scratch.WIDTH, scratch.HEADS, scratch.FEED_FORWARD = 16, 2, 16
    found = shipped.suite_path
    shipped.suite_path = lambda name: Path("quickstart.yaml") if str(name) == "quickstart" else found(name)
    executors.LocalProcesses = lambda count: executors.InProcess()  # type: ignore[assignment,misc]
    assert quickstart.quickstart
    BUILT_IN["slow"] = Entry("tests.bench.slow_method:Slow", "a method for tests")
    importlib.import_module("tests.frozen")


def run(request: dict[str, Any], errors: int, events: int) -> None:
    """Runs one command; does not return."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.dup2(errors, 2)
    os.chdir(request["folder"])
    os.environ["TODSUM_CACHE"] = str(Path(request["folder"]) / "cache")
    os.fsync = _told_fsync
    if not request["locks"]:
        fcntl.flock = _without_locks  # type: ignore[assignment]
    watch = Watch(request["root"], request["end"], request["at"])
    sys.addaudithook(watch)
    sys.argv = ["todsum-bench", *request["command"].split()]
    code = 70
    try:
        _main(sys.argv[1])()
    except SystemExit as stopped:
        code = stopped.code if isinstance(stopped.code, int) else 0
    except BaseException:
        traceback.print_exc()
    sys.stderr.flush()
    os.write(events, str(watch.count).encode())
    os._exit(code)


def _main(command: str) -> Callable[[], object]:
    if command == "rebuild":
        from benchmarks import rebuild

        del sys.argv[1]
        rebuild.ProcessPoolExecutor = lambda *_: ThreadPoolExecutor(1)  # type: ignore[assignment,misc]
        return lambda: sys.exit(rebuild.main())
    from todsum.cli import main

    return main


@dataclass(frozen=True)
class Child:
    """A fork that runs a command, with pipes for what it says on stderr and for the number of changes."""

    number: int
    errors: int
    events: int

    @classmethod
    def start(cls, request: dict[str, Any]) -> Child:
        errors, errors_in = os.pipe()
        events, events_in = os.pipe()
        number = os.fork()
        if not number:
            run(request, errors_in, events_in)
        os.close(errors_in)
        os.close(events_in)
        return cls(number, errors, events)

    def answer(self) -> dict[str, Any]:
        """Waits for its end; tells its exit code (or minus the signal), its stderr and the changes."""
        with os.fdopen(self.errors, "rb") as stream:
            text = stream.read().decode()
        with os.fdopen(self.events, "rb") as stream:
            count = int(stream.read() or 0)
        _, status = os.waitpid(self.number, 0)
        return {"code": os.waitstatus_to_exitcode(status), "stderr": text, "count": count}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    prepare()
    for line in sys.stdin:
        children = [Child.start(request) for request in json.loads(line)]
        sys.stdout.write(json.dumps([child.answer() for child in children]) + "\n")
        sys.stdout.flush()
