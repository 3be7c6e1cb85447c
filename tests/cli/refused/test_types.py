"""Values of wrong types anywhere in a file: a command does its work or refuses in one line, and never crashes."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.refused.test_files import JSON_FILES, YAML_FILES, good  # noqa: F401
from tests.cli.test_main import run_main

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    0.5,
    1e300,
    "",
    "\0",
    "..",
    "x" * 5000,
    "\u2028\x1b[31m",
    [],
    ["a"],
    [[]],
    {},
    {"a": 1},
    [None],
)
MUTANTS = 25
READ = {
    name: command
    for name, command in (JSON_FILES | YAML_FILES).items()
    if name not in ("status", "compared", "configuration", "to export", "plan", "shown")
}


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in a value with each key or index in it."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])


def mutant(content: Any, draw: random.Random) -> Any:
    """The content with one value replaced, removed, or put beside a strange one."""
    made = json.loads(json.dumps(content))
    container, key = draw.choice(list(places(made)))
    way = draw.random()
    if way < 0.75:
        container[key] = draw.choice(ODD)
    elif way < 0.9 or isinstance(container, list):
        del container[key]
    else:
        container[draw.choice(("odd", "", "a" * 300, "\0"))] = draw.choice(ODD)
    return made


@pytest.mark.parametrize("name", READ)
def test_wrong_types_never_crash(
    name: str,
    good: tuple[Path, dict[str, Path]],  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root, where = good
    draw = random.Random(name)
    file, command = READ[name]
    path = Path(file.format(**where))
    text = (root / path).read_text(encoding="utf-8")
    lines = path.suffix == ".jsonl"
    first, *rest = [json.loads(line) for line in text.splitlines()] if lines else [yaml.safe_load(text)]
    shutil.copytree(root, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    for _ in range(MUTANTS):
        content = mutant(first, draw)
        path.write_text("".join(json.dumps(row) + "\n" for row in (content, *rest)), encoding="utf-8")
        code = run_main(monkeypatch, *command.format(**where).split())
        said = capsys.readouterr()
        assert code in (0, 1, 2), (content, said)
        if code == 2 and "validate" not in command:
            assert said.err.splitlines()[-1].startswith("todsum-bench: error: "), (content, said)
        assert len(said.err) < 3000, (content, said)
        for made in ("new", "sheets", "model"):
            shutil.rmtree(made, ignore_errors=True)
