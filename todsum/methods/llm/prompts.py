"""Prompts: a jinja2 file a data set, with a block ``system`` and a block ``user``; ``dialogue.j2`` for all others."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from todsum.data.schema import Example, Turn
from todsum.data.state import linearise
from todsum.errors import TodsumError
from todsum.files.kinds import not_utf8
from todsum.files.plain import path_of, read_plain
from todsum.training.texts import squeeze, target_text

SHIPPED = Path(__file__).with_name("prompts")
MAX_BYTES = 1 << 16
#: In sums of a template: the largest number, and the largest power.
LARGEST, MOST_DIGITS = 10**9, 9
BLOCKS = ("system", "user")
#: What the name of a simulated data set ends in: it has the prompt of the published one.
SIMULATED = "-sim"
#: The prompt of data sets that have none of their own.
OTHERS = "dialogue.j2"

Message = dict[str, str]


@dataclass(frozen=True)
class Shown:
    """What of an example a prompt may show."""

    state: bool
    query: bool


class _Bounded(ImmutableSandboxedEnvironment):
    """Templates that can't fill the memory by one sign: ``'x' * 10**10``."""

    intercepted_binops = frozenset(("*", "**", "%"))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if not numbers or max(abs(left), abs(right)) > LARGEST or (operator == "**" and right > MOST_DIGITS):
            raise SecurityError(f"{operator} is only for numbers up to {LARGEST}, and powers up to {MOST_DIGITS}")
        return super().call_binop(context, operator, left, right)


class Prompts:
    """The prompt files of a folder, by name.

    Args:
        folder: for messages.
        files: the text of each ``*.j2``.
    """

    def __init__(self, folder: Path, files: dict[str, str]) -> None:
        self.folder = folder
        self.files = files
        self._environment = _Bounded(
            loader=jinja2.DictLoader(files),
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # chat messages are plain text
            trim_blocks=True,
            lstrip_blocks=True,
            optimized=False,  # no sums while a template is only read
        )

    @classmethod
    def of(cls, folder: str | None) -> Prompts:
        """Those of a folder, or the ones that come with the method.

        Raises:
            TodsumError: there are none, or they can't be read.
        """
        place = SHIPPED if folder is None else path_of(folder)
        try:
            paths = sorted(place.glob("*.j2"))
        except OSError as error:
            raise TodsumError(f"{place}: prompts can't be read: {error}") from error
        files = {path.name: _text(path) for path in paths}
        if not files:
            raise TodsumError(f"{place}: no prompts here; there should be files such as todsum.j2")
        return cls(place, files)

    @property
    def sha256(self) -> str:
        """Checksum of names and texts."""
        digest = hashlib.sha256()
        for name, text in sorted(self.files.items()):
            digest.update(f"{name}\0{hashlib.sha256(text.encode()).hexdigest()}\n".encode())
        return digest.hexdigest()

    def chat(self, dataset: str, example: Example, shots: Sequence[Example], shown: Shown) -> tuple[Message, ...]:
        """The messages that ask for a summary: the system's, each shot with its reference as the answer, the example.

        Args:
            dataset: whose prompt to take; ``dialogue.j2`` where it has none.
            example: what is to be summarized.
            shots: examples in context.
            shown: what the prompt may show beside the dialogues.

        Raises:
            TodsumError: there is no such prompt, or it can't be filled in.
        """
        own = f"{dataset.removesuffix(SIMULATED)}.j2"
        name = own if own in self.files or OTHERS not in self.files else OTHERS
        system = self._block(name, "system", example, shown)
        messages = [_message("system", system)] if system else []
        for shot in shots:
            messages += [_message("user", self._block(name, "user", shot, shown))]
            messages += [_message("assistant", target_text(shot))]
        return (*messages, _message("user", self._block(name, "user", example, shown)))

    def _block(self, name: str, block: str, example: Example, shown: Shown) -> str:
        file = self.folder / name
        values = {
            "turns": [Turn(squeeze(t.speaker), squeeze(t.text)) for t in example.turns if t.text.strip()],
            "state": squeeze(linearise(example.state)) if shown.state else None,
            "query": squeeze(example.query) if shown.query and example.query is not None else None,
        }
        try:
            template = self._environment.get_template(name)
            if block not in template.blocks:
                raise TodsumError(f"{file}: no block {block}; it needs {' and '.join(BLOCKS)}")
            return "".join(template.blocks[block](template.new_context(values))).strip()
        except jinja2.TemplateNotFound as error:
            raise TodsumError(
                f"{self.folder / str(error)}: no such prompt; there is {', '.join(self.files)}"
            ) from error
        except jinja2.TemplateSyntaxError as error:
            raise TodsumError(f"{self.folder / (error.name or name)}: line {error.lineno}: {error.message}") from error
        except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise TodsumError(f"{file}: block {block} can't be filled in: {error}") from error


def _text(path: Path) -> str:
    raw = read_plain(path, MAX_BYTES)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TodsumError(f"{path}: {not_utf8(raw[:64], error)}") from error


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": content}
