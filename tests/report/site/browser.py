"""A headless Chromium that opens pages from files, and what tests ask of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars"
)


def start(profile: Path, downloads: Path | None = None) -> webdriver.Chrome:
    """A new browser with an empty profile, which puts what is downloaded into a folder.

    Raises:
        FileNotFoundError: Chromium or its driver is not installed.
    """
    for program in (CHROMIUM, DRIVER):
        if not program.exists():
            raise FileNotFoundError(f"{program}: the site's tests need it: apt-get install chromium chromium-driver")
    options = Options()
    options.binary_location = str(CHROMIUM)
    for flag in [*_FLAGS.split(), f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    if downloads:
        options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(str(DRIVER)))


class Page:
    """The browser on one site."""

    def __init__(self, driver: webdriver.Chrome, site: Path) -> None:
        self.driver, self.site = driver, site
        self.narrow(1280)
        self.dark(False)
        driver.get("about:blank")  # an address that differs behind # alone would not be loaded again
        self.requests()

    def open(self, path: str) -> None:
        self.driver.get("about:blank")
        self.driver.get(f"file://{self.site}/{path}")

    def narrow(self, width: int) -> None:
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def dark(self, dark: bool) -> None:
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        """Texts of what can be seen, in one call."""
        script = (
            "return [...document.querySelectorAll(arguments[0])].filter(e => e.checkVisibility()).map(e => e.innerText)"
        )
        return list(self.run(script, selector))

    def choose(self, selector: str, value: str) -> None:
        """Chooses a select's option, or types into a field, as a reader would."""
        script = """
            const [selector, value] = arguments, field = document.querySelector(selector);
            field.value = value;
            field.dispatchEvent(new Event('input', {bubbles: true}));
            field.dispatchEvent(new Event('change', {bubbles: true}));
            return field.value;"""
        assert self.run(script, selector, value) == value

    def wait(self, condition: Callable[[], object], what: str = "") -> None:
        """Until it is true; twenty seconds at most, for busy machines."""
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end, f"did not come: {what}"
            time.sleep(0.02)

    def messages(self) -> list[str]:
        """What the console said since the last call: errors, and what the page's policy forbade."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Addresses that were asked for since the last call."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return [url for url in found if not url.startswith("about:")]

    def check_quiet(self) -> list[str]:
        """Nothing was reported, and nothing asked for outside the site. Returns what was asked for."""
        requests = self.requests()
        assert self.messages() == []
        for url in requests:
            parts = urlsplit(url)
            inside = parts.scheme == "file" and Path(parts.path).is_relative_to(self.site)
            assert inside or parts.scheme == "data", url
        return requests
