"""How long the leaderboard's pages take to build, and its explorer to open.

Run as ``python benchmarks/speed/pages.py --data DIR``; prints one JSON object. The pages are those of
``leaderboard/``, with dialogues. The explorer is opened in a fresh headless Chromium, Debian's with its driver, at each
of its test sets, from a file, until the first example with its summaries is there; bytes are those of all files that
the page had loaded by then.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
READY = "return document.querySelector('#example .scores') !== null && performance.now()"


def build_seconds(leaderboard: Path, data: Path, out: Path) -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "todsum", "leaderboard", "build", "--leaderboard", str(leaderboard)]
    subprocess.run([*command, "--data", str(data), "--out", str(out)], check=True, capture_output=True)
    return time.perf_counter() - began


def opening(site: Path, test_set: str) -> dict[str, Any]:
    """Milliseconds from navigation to the first example, and bytes, in a fresh browser."""
    with tempfile.TemporaryDirectory() as profile:
        options = Options()
        options.binary_location = CHROMIUM
        for flag in [*FLAGS.split(), f"--user-data-dir={profile}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(DRIVER))
        try:
            page = site / "explorer.html"
            driver.get(f"{page.as_uri()}#set={test_set}")
            while not (ready := driver.execute_script(READY)):
                time.sleep(0.01)
            files = set(loaded(driver))
        finally:
            driver.quit()
    return {"ms": ready, "bytes": sum(path.stat().st_size for path in files), "files": len(files)}


def loaded(driver: webdriver.Chrome) -> Iterator[Path]:
    """The files that the page asked for."""
    for entry in driver.get_log("performance"):  # type: ignore[no-untyped-call]
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            address = urlsplit(message["params"]["request"]["url"])
            if address.scheme == "file":
                yield Path(unquote(address.path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--leaderboard", type=Path, default=Path(__file__).parents[2] / "leaderboard")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        # The first one builds the data sets, too, which stay in the cache; `build.py` measures that.
        _, *builds = [build_seconds(chosen.leaderboard, chosen.data, site) for _ in range(chosen.rounds + 1)]
        listed = json.loads((site / "data" / "sets.js").read_text(encoding="utf-8").split(",", 1)[1].rstrip(");\n"))
        sets = {}
        for one in listed["sets"]:
            rounds = [opening(site, one["slug"]) for _ in range(chosen.rounds)]
            sets[one["title"]] = {
                "examples": one["n"],
                "systems": len(one["systems"]),
                "opening_ms": statistics.median(found["ms"] for found in rounds),
                **{name: rounds[0][name] for name in ("bytes", "files")},
            }
        size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    result = {
        "build_seconds": statistics.median(builds),
        "site_bytes": size,
        "slowest_opening_ms": max(found["opening_ms"] for found in sets.values()),
        "largest_first_page_bytes": max(found["bytes"] for found in sets.values()),
        "sets": sets,
        "machine": {
            "system": platform.platform(),
            "processor": platform.machine(),
            "python": platform.python_version(),
        },
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
