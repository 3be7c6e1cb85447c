"""Trained parts that several runs have in common: each is trained once, by whoever needs it first.

A part lies in a folder named by all that decides what is learnt. The folder is the trainer's own: its checkpoints let
a part that was killed go on, its final weights are renamed into place when they are whole. A lock that the system
releases when a process dies makes a second process wait for the first, and then take its weights.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todsum import distributed
from todsum.files.locks import held
from todsum.files.writing import unwritable
from todsum.training.collator import Collator
from todsum.training.encoding import Encoded
from todsum.training.runtime import dtype_name
from todsum.training.trainer import PLENTY, Plan, Thrift

if TYPE_CHECKING:
    import torch

VERSION = 1
"""Raised when the same content is no longer trained to the same weights."""


def fingerprint(
    model: Any,
    collator: Collator,
    plan: Plan,
    seed: int,
    device: torch.device,
    train: Sequence[Encoded],
    dev: Sequence[Encoded],
    *,
    thrift: Thrift = PLENTY,
) -> str:
    """Of everything that decides what a run of training ends with, initial weights included; in hexadecimal."""
    import torch

    digest = hashlib.sha256()
    facts = [VERSION, type(model).__name__, model.config.to_dict(), collator.pad, collator.causal]
    facts += [_adapters(model), asdict(plan), seed, device.type, dtype_name(plan.precision, device), len(dev)]
    facts += [[example.learnt() for example in [*train, *dev]]]
    facts += [asdict(thrift)] if thrift != PLENTY else []
    digest.update(json.dumps(facts, sort_keys=True, default=str).encode())
    for name, weight in [*model.named_parameters(), *model.named_buffers()]:
        digest.update(json.dumps([name, list(weight.shape), str(weight.dtype), weight.requires_grad]).encode())
        digest.update(weight.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _adapters(model: Any) -> dict[str, Any]:
    """The configurations of peft's adapters, if there are any: not all of them shows in the weights."""
    found = {name: config.to_dict() for name, config in getattr(model, "peft_config", {}).items()}
    return {
        name: {key: sorted(value) if isinstance(value, set) else value for key, value in config.items()}
        for name, config in found.items()
    }


@contextmanager
def exclusive(folder: Path, log: Callable[[str], None]) -> Iterator[None]:
    """Makes a part's folder and holds it for this run; waits where another run holds it.

    Called by all processes of a run (:mod:`todsum.distributed`), of which the main one holds the folder.

    Raises:
        TodsumError: the folder can't be written.
    """
    with ExitStack() as stack:
        with distributed.together():
            if distributed.is_main():
                _hold(stack, folder, log)
        yield


def _hold(stack: ExitStack, folder: Path, log: Callable[[str], None]) -> None:
    """Holds the folder until the stack is left."""

    def pause(seconds: float) -> None:
        log("waiting for another process that trains the same")
        time.sleep(seconds)

    try:
        folder.mkdir(parents=True, exist_ok=True)
        stack.enter_context(held(folder / ".lock", pause))
    except OSError as error:
        raise unwritable(folder, error) from error
