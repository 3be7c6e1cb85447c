"""The files that a build writes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.site import made
from tests.tags import Tags
from todsum.errors import TodsumError
from todsum.report.site.build import build_site
from todsum.report.site.content import Board
from todsum.report.site.folder import MANIFEST, write_site


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def tags(site: Path) -> list[tuple[str, str, dict[str, str | None]]]:
    pages = sorted(site.rglob("*.html"))
    return [(path.name, *found) for path in pages for found in Tags(path.read_text()).found]


def test_same_content_gives_the_same_bytes(site: Path, tmp_path: Path) -> None:
    build_site(made.board(), made.sets(), tmp_path / "again", "A benchmark")
    assert files(tmp_path / "again") == files(site)
    build_site(made.board(), made.sets(), tmp_path / "again", "A benchmark")  # over itself
    assert files(tmp_path / "again") == files(site)


def test_expected_pages(site: Path) -> None:
    found = set(files(site))
    assert {"index.html", "transfer.html", "plots.html", "explorer.html", "assets/site.css"} <= found
    assert {f"systems/{system.slug}.html" for system in made.board().systems} <= found
    assert {"data/sets.js", "data/sets/all.js", "data/sets/taxi.js", "data/sets/closed.js"} <= found


def test_empty_board(tmp_path: Path) -> None:
    build_site(Board(tables=[], systems=[]), [], tmp_path / "site", "Nothing yet")
    assert "transfer.html" not in files(tmp_path / "site")


@pytest.mark.parametrize("which", ["site", "hostile_site"])
def test_pages_hold_no_code_and_lead_nowhere(which: str, request: pytest.FixtureRequest) -> None:
    out = request.getfixturevalue(which)
    for page, tag, attributes in tags(out):
        assert not [name for name in attributes if name.startswith("on") or name in {"style", "srcset", "ping"}], page
        assert tag not in {"style", "iframe", "object", "embed", "base", "img"}, page
        if tag == "script":
            assert (attributes["src"] or "").startswith(("assets/", "../assets/")), page
        for name in ("src", "href", "xlink:href", "action"):
            address = attributes.get(name) or ""
            if address.startswith("https://example.org/"):
                assert attributes["rel"] == "noopener noreferrer nofollow"
            elif ":" in address:
                assert address == "data:,"
            elif address and not address.startswith("#"):
                assert (
                    out / ("systems" if page.startswith(("system-", "was-")) else "") / address.split("#")[0]
                ).exists()


def test_every_page_has_the_policy_first(site: Path) -> None:
    for path in site.rglob("*.html"):
        first, second, third, *_ = [(tag, a) for tag, a in Tags(path.read_text()).found if tag == "meta"]
        assert first[1] == {"charset": "utf-8"}
        assert second[1]["http-equiv"] == "Content-Security-Policy"
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in str(second[1]["content"])
        assert third[1] == {"name": "referrer", "content": "no-referrer"}


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "javascript:alert(1)",
        "https://a@b.org/",
        "https://a.org/ b",
        "//a.org",
        'https://a.org/"x',
    ],
)
def test_only_plain_https_addresses_are_linked(url: str, tmp_path: Path) -> None:
    system = made.system(0).model_copy(update={"url": url})
    build_site(Board(tables=[], systems=[system]), [], tmp_path / "site", "t")
    assert not [a for _, _, a in tags(tmp_path / "site") if a.get("rel") == "noopener noreferrer nofollow"]


@pytest.mark.parametrize("slug", ["../x", "a/b", "", "A", "-a", "a.b", "a" * 81, "a\n"])
def test_slugs_are_checked(slug: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="slug"):
        build_site(made.board(), [replace(made.one_set(), slug=slug)], tmp_path / "site", "t")
    system = made.system(0).model_copy(update={"slug": slug})
    with pytest.raises(ValueError, match="slug"):
        build_site(Board(tables=[], systems=[system]), [], tmp_path / "site", "t")
    assert not (tmp_path / "site").exists()


def test_slugs_are_distinct(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two of that slug"):
        build_site(made.board(), [made.one_set(), made.one_set()], tmp_path / "site", "t")


def test_lists_fit_the_ids(tmp_path: Path) -> None:
    short = replace(made.one_set(), domains=[["hotel"]])
    with pytest.raises(ValueError, match="domains has 1 entries for 30 ids"):
        build_site(made.board(), [short], tmp_path / "site", "t")


def test_own_stale_files_go_and_files_of_others_stay(tmp_path: Path) -> None:
    out = tmp_path / "site"
    build_site(made.board(), made.sets(), out, "t")
    (out / "CNAME").write_text("example.org")
    (out / "systems" / "mine.html").write_text("mine")
    build_site(Board(tables=[], systems=[]), [], out, "t")
    found = set(files(out))
    assert {"CNAME", "systems/mine.html", "index.html", MANIFEST} <= found
    assert not [path for path in found if path.startswith(("data/sets/", "systems/system-"))]
    assert not (out / "data" / "sets").exists()
    assert not list(tmp_path.glob(".site-*"))


def test_does_not_write_over_files_of_others(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(TodsumError, match="not a file of an earlier build"):
        build_site(Board(tables=[], systems=[]), [], tmp_path, "t")
    assert (tmp_path / "index.html").read_text() == "mine"


@pytest.mark.parametrize("path", ["../victim", "/etc/passwd", "a/../../victim", ".hidden"])
def test_a_manifest_can_not_point_elsewhere(path: str, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("x")
    out = tmp_path / "site"
    out.mkdir()
    (out / MANIFEST).write_text(json.dumps([path]))
    with pytest.raises(TodsumError, match="not a list of the site's paths"):
        write_site({"index.html": b""}, out)
    assert (tmp_path / "victim").exists()


def test_links_do_not_lead_out(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "data").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TodsumError, match="leads out"):
        write_site({"data/x.js": b""}, tmp_path / "site")
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("path", ["../x.js", "/x.js", "a//b.js", "a/../b.js", "x"])
def test_paths_are_plain(path: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a path of the site"):
        write_site({path: b""}, tmp_path)
