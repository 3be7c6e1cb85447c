"""The built pages; runs in tox's environment ``docs``, which has mkdocs and not the suite."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tags import Tags

pytest.importorskip("material", reason="mkdocs-material is in tox's environment docs")

ROOT = Path(__file__).resolve().parents[2]
PAGES = {path.stem for path in (ROOT / "docs").glob("*.md")}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return out


def elsewhere(url: str | None) -> bool:
    return bool(url and re.match(r"(?:[a-z]+:)?//", url.strip(), re.IGNORECASE))


def test_every_page_is_built(site: Path) -> None:
    assert len(PAGES) >= 6
    assert {path.stem for path in site.glob("*.html")} == PAGES | {"404"}


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for path in site.glob("*.html"):
        for tag, attributes in Tags(path.read_text(encoding="utf-8")).found:
            if tag != "a":
                assert not any(map(elsewhere, (attributes.get("src"), attributes.get("href")))), (path, attributes)
            # What the theme's script would fetch something for.
            assert "mermaid" not in (attributes.get("class") or "").split(), path
            assert attributes.get("data-md-component") != "source", path
    for path in site.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"@import|url\(\s*['\"]?(?:https?:)?//", text), path


def test_files_are_shown_in_full(site: Path) -> None:
    for page, file in (
        ("add-a-method", "docs/examples/first-words/first_words.py"),
        ("add-a-method", "docs/examples/first-words/pyproject.toml"),
        ("add-a-data-set", "docs/examples/chats.yaml"),
        ("submit", "leaderboard/SUBMITTING.md"),
    ):
        shown = _words(re.sub(r"<[^>]+>", "", (site / f"{page}.html").read_text(encoding="utf-8")))
        last = next(line for line in reversed((ROOT / file).read_text(encoding="utf-8").splitlines()) if line.strip())
        assert _words(last.replace("`", "")) in shown, file
        assert "--8<--" not in shown


def test_the_shown_table_is_the_one_of_todsum(site: Path) -> None:
    shown = (site / "read-the-table.html").read_text(encoding="utf-8")
    table = (ROOT / "benchmarks" / "results" / "heuristics" / "table.md").read_text(encoding="utf-8")
    blocks = table.split("## todsum · in-domain")[1].split("\n\n")
    rows = next(block for block in blocks if block.startswith("|")).splitlines()[2:]
    assert len(rows) > 4 and not re.search(r"<p>\s*\|", shown), "whole tables, and nothing of the next one"
    for row in rows:
        name, *_, score = (cell.strip(" *") for cell in row.strip("|").split("|"))
        assert name in shown and score in shown, row


def _words(text: str) -> str:
    import html

    return " ".join(html.unescape(text).split())
