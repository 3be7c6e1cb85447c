from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.training.test_trainer import encoded, flat, trainer
from todsum.errors import TodsumError
from todsum.training.checkpoint import Checkpoints, Progress

# Forks once a line of its input ("folder result event nth"): each fork trains with dropout and early stopping, and
# kills itself at the n-th event of a kind. Forks, since starting Python and importing torch takes longer than all else.
NURSERY = """
import os, signal, sys
from pathlib import Path
import safetensors.torch
from tests.training import tiny
from tests.training.test_trainer import encoded, flat, trainer
import todsum.training.clock as clock
from todsum.training.trainer import Trainer

def grow(folder, result, event, nth):
    if event != "undisturbed":  # that has no checkpoint but the last; the others one after every step
        clock.CHECKPOINT_SECONDS, clock.EPOCH_CHECKPOINT_SECONDS, clock.CHECKPOINT_SHARE = 0, 0, 1e9
    seen = 0

    def kill_at(kind, last_words=lambda: None):
        nonlocal seen
        seen += kind == event
        if kind == event and seen == nth:
            last_words()
            os.kill(os.getpid(), signal.SIGKILL)

    save, rename, step = safetensors.torch.save_file, Path.rename, Trainer._step

    def torn_save(tensors, path):
        kill_at("save", lambda: Path(path).write_bytes(b"half a file"))
        return save(tensors, path)

    def torn_rename(self, target):
        kill_at("before-rename")
        done = rename(self, target)
        kill_at("after-rename")
        return done

    def torn_step(self, *arguments):
        kill_at("step")
        return step(self, *arguments)

    safetensors.torch.save_file, Path.rename, Trainer._step = torn_save, torn_rename, torn_step
    model = tiny.model("bart")
    for part in model.modules():
        if hasattr(part, "dropout"):
            part.dropout = 0.1
    made = trainer(Path(folder), model=model, epochs=4, patience=2)
    progress = made.train(encoded(6), encoded()[6:])
    Path(result).write_text(f"{progress.model_dump_json()} {hash(tuple(flat(made).tolist()))}")

for line in sys.stdin:
    folder, result, event, nth = line.split()
    child = os.fork()
    if not child:
        grow(folder, result, event, int(nth))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def test_killed_anywhere_it_ends_as_undisturbed(tmp_path: Path) -> None:
    undisturbed, killed, folder = tmp_path / "undisturbed.txt", tmp_path / "killed.txt", tmp_path / "killed"
    kills = [("save", 1), ("step", 2), ("before-rename", 3), ("save", 3), ("after-rename", 1), ("step", 3)]
    runs = [f"{tmp_path / 'undisturbed'} {undisturbed} undisturbed 0"]
    runs += [f"{folder} {killed} {event} {nth}" for event, nth in kills]  # one run, killed again and again
    runs += [f"{folder} {killed} never 0"]
    done = subprocess.run(
        [sys.executable, "-c", NURSERY],
        input="\n".join(runs),
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert [int(code) for code in done.stdout.split()] == [0, *[-signal.SIGKILL] * len(kills), 0], done.stderr
    assert killed.read_text() == undisturbed.read_text()
    assert [path.name for path in folder.iterdir()] == ["final"]


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    first = trainer(tmp_path)
    done = first.train(encoded(), encoded(2))
    again = trainer(tmp_path)
    again._step = None  # type: ignore[method-assign,assignment]
    assert again.train(encoded(), encoded(2)) == done
    assert torch.equal(flat(first), flat(again))


def test_another_runs_checkpoint_is_refused(tmp_path: Path) -> None:
    trainer(tmp_path).train(encoded(), [])
    for other in (trainer(tmp_path, seed=1), trainer(tmp_path, learning_rate=1e-3)):
        with pytest.raises(TodsumError, match="holds a checkpoint of other data, settings, seed or device"):
            other.train(encoded(), [])
    with pytest.raises(TodsumError, match="holds a checkpoint of other data, settings, seed or device"):
        trainer(tmp_path).train(encoded(7), [])


def test_nothing_is_pickled(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, "f")
    checkpoints.write_best(3, {"w": torch.ones(2)})
    progress = Progress(fingerprint="f", step=3, best_step=3, best_loss=0.1)
    checkpoints.write(progress, {"w": torch.ones(2)}, {"m": torch.zeros(2)})
    assert {path.suffix for path in tmp_path.rglob("*.*")} == {".safetensors", ".json"}
    assert checkpoints.read_progress() == progress
    assert torch.equal(checkpoints.read_best(progress)["w"], torch.ones(2))


def test_broken_checkpoints_say_what_to_remove(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, "f")
    checkpoints.write(Progress(fingerprint="f", step=1), {"w": torch.ones(2)}, {})
    (tmp_path / "state-1" / "weights.safetensors").write_bytes(b"not tensors")
    with pytest.raises(TodsumError, match=r"weights.safetensors: not readable .* to start over"):
        checkpoints.read_weights()
    (tmp_path / "state-1" / "progress.json").write_text("{")
    with pytest.raises(TodsumError, match=r"progress.json: not a checkpoint .* to start over"):
        checkpoints.read_progress()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TodsumError, match="is a file, not a folder"):
        Checkpoints(tmp_path / "file" / "sub", "f")
