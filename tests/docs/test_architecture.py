"""The architecture page: its rooms are the package's, and the modules import as it says."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "todsum"
MODULES = sorted(PACKAGE.rglob("*.py"))
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
EVERY = "every room"
#: Modules at the top that only start something: the package's own name and ``python -m todsum``.
ENTRIES = {"__init__", "__main__"}


def names(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def rows(heading: str) -> list[list[str]]:
    """The cells of a section's table."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def rules() -> dict[str, set[str]]:
    """By room: the rooms that it may import."""
    table = {names(room)[0]: may for room, _, may in rows("Rooms")}
    return {room: set(table) - {room} if may == EVERY else set(names(may)) for room, may in table.items()}


def base() -> set[str]:
    return set(names(PAGE.split("The base is ")[1].split(":")[0]))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    """All that may hold an import: statements, not expressions."""
    found: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    for node in found:
        found += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt | ast.ExceptHandler)]
    return found


def imported(path: Path) -> Iterator[str]:
    """The rooms that a module imports, inside of functions and for types alone, too."""
    for node in nodes_of(path):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found = [node.module] if node.module != "todsum" else [f"todsum.{alias.name}" for alias in node.names]
        else:
            found = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        yield from (str(name).split(".")[1] for name in found if str(name).startswith("todsum."))


def modules_imported(path: Path, known: Collection[str]) -> Iterator[str]:
    """The modules that one imports when it is imported or used."""
    nodes = nodes_of(path)
    typed = [node for node in nodes if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"]
    skipped = {id(inner) for node in typed for inner in ast.walk(node)}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and id(node) not in skipped:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in known else str(node.module) for name in inner)
        elif isinstance(node, ast.Import) and id(node) not in skipped:
            yield from (alias.name for alias in node.names if alias.name in known)


@pytest.fixture(scope="module")
def edges() -> dict[str, dict[str, str]]:
    """By room: the other rooms that it imports, each with a module that does."""
    found: dict[str, dict[str, str]] = {}
    for path in MODULES:
        room = room_of(path)
        for other in imported(path):
            if other not in (room, "__version__"):
                found.setdefault(room, {}).setdefault(other, path.relative_to(ROOT).as_posix())
    return found


def test_all_rooms_are_on_the_page() -> None:
    there = {room_of(path) for path in MODULES} - ENTRIES
    assert there == rules().keys() | base() and not rules().keys() & base()


def test_rooms_import_as_the_page_says(edges: dict[str, dict[str, str]]) -> None:
    allowed = {room: may | base() for room, may in rules().items()} | {name: base() for name in base()}
    wrong = [
        f"{module} imports {other}: {room} may not"
        for room, others in edges.items()
        if room not in ENTRIES
        for other, module in others.items()
        if other not in allowed[room]
    ]
    assert wrong == []


def test_every_permission_is_used(edges: dict[str, dict[str, str]]) -> None:
    given = {(room, other) for room, may in rules().items() if room != "cli" for other in may}
    assert {(room, other) for room, other in given if other not in edges.get(room, {})} == set()


def test_no_circle_of_rooms(edges: dict[str, dict[str, str]]) -> None:
    with pytest.raises(CycleError):
        TopologicalSorter({"a": ["b"], "b": ["a"]}).prepare()
    TopologicalSorter({room: set(others) for room, others in edges.items()}).prepare()


def test_no_circle_of_modules() -> None:
    """Nor one that an import inside of a function hides; what types alone need is left out."""
    paths = {path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."): path for path in MODULES}
    paths = {name.removesuffix(".__init__"): path for name, path in paths.items()}
    graph = {name: set(modules_imported(path, paths.keys())) - {name} for name, path in paths.items()}
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("section", ["The way of an example", "Where to look"])
def test_what_the_page_points_at_is_there(section: str) -> None:
    for _, places in rows(section):
        module = ""
        for name in names(places):
            if name.endswith(".py"):
                module = (PACKAGE / name).read_text(encoding="utf-8")
            else:
                assert re.search(rf"^(def|class) {name}\b", module, re.MULTILINE), f"{name} is not in {places}"
