"""What several tests need: the built book, and a real browser with no network."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The whole book, built into a folder of its own, with warnings as errors."""
    folder = tmp_path_factory.mktemp("book")
    command = ["build", str(ROOT), "--all", "-W", "-n", "--keep-going", "--quiet"]
    done = subprocess.run(
        [Path(sys.executable).parent / "jupyter-book", *command, "--path-output", folder],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "_build" / "html"


def no_browser(reason: str):
    """Skip where no browser can be had; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must have a browser. {reason}")
    pytest.skip(f"No browser: {reason} Install Chromium, or set LENET_BROWSER to one.")


def browser_options() -> dict:
    """Return how Playwright is to start the Chromium that is installed here, or its own."""
    path = os.environ.get("LENET_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    arguments = [
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to run as root with its sandbox
    return {"executable_path": path, "args": arguments}


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium that is installed here, or that Playwright can get."""
    playwright = pytest.importorskip("playwright.sync_api")
    options = browser_options()
    with playwright.sync_playwright() as started:
        try:
            running = started.chromium.launch(**options)
        except playwright.Error:
            get = [sys.executable, "-m", "playwright", "install", "chromium"]
            try:
                got = subprocess.run(get, capture_output=True, timeout=300).returncode == 0
                running = started.chromium.launch(args=options["args"]) if got else None
            except (playwright.Error, subprocess.TimeoutExpired):
                running = None
        if running is None:
            no_browser("none is installed, and none could be fetched.")
        yield running
        running.close()


class Watched:
    """A page, with what it wrote to the console and what it asked other hosts for."""

    def __init__(self, page):
        self.page, self.faults, self.outside, self.asked = page, [], [], set()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._heard)
        page.on("request", self._asked)

    def _heard(self, message):
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def _asked(self, request):
        if request.url.startswith(("file:", "http:")):
            self.asked.add(request.url)
        address = request.url.split(":", 1)
        if address[0] not in ("file", "data", "blob") and "//127.0.0.1" not in address[1]:
            self.outside.append(request.url)


@pytest.fixture
def open_page(browser):
    """A function that opens an address and returns the page, watched, with no network."""
    contexts = []

    def open_it(address, width=1280, theme="light", touch=False, offline=True, **options):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            has_touch=touch,
            **options,
        )
        context.set_offline(offline and address.startswith("file:"))
        context.set_default_timeout(120_000)  # a busy machine is slow, not broken
        contexts.append(context)
        watched = Watched(context.new_page())
        watched.page.goto(address)
        return watched

    yield open_it
    for context in contexts:
        context.close()


#: Contrast takes most of axe's time, and a chapter has thousands of short texts in few looks. So
#: it is measured on the first text of each look: its own color and size, and every background
#: and opacity from there up to the page.
FIRST_OF_EACH_LOOK = """() => {
  const behind = new Map([[null, ""]]);
  const back = (part) => {
    if (!behind.has(part)) {
      const { backgroundColor, backgroundImage, opacity, filter } = getComputedStyle(part);
      const own = [backgroundColor, backgroundImage, opacity, filter].join();
      behind.set(part, back(part.parentElement) + "/" + own);
    }
    return behind.get(part);
  };
  const seen = new Set();
  for (const part of document.body.querySelectorAll("*")) {
    delete part.dataset.axeSeen;
    const texts = [...part.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const field = ["INPUT", "SELECT", "TEXTAREA"].includes(part.tagName);
    if (field || !texts || !part.checkVisibility({ visibilityProperty: true })) continue;
    const { color, fontSize, fontWeight, position, textShadow } = getComputedStyle(part);
    const look = [color, fontSize, fontWeight, position, textShadow, back(part)].join("|");
    if (seen.has(look)) part.dataset.axeSeen = "";
    seen.add(look);
  }
  axe.configure({ rules: [{ id: "color-contrast", selector: ":not([data-axe-seen])" }] });
}"""


@pytest.fixture(scope="session")
def axe():
    """A function that returns what keeps readers out of a page, as axe-core finds it."""
    spec = find_spec("axe_playwright_python")
    script = (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")

    def look(page, part=None):
        """Return (rule, what breaks it) for each fault of a page, or of a part of it."""
        if not page.evaluate("'axe' in window"):
            page.evaluate(script)
        page.evaluate(FIRST_OF_EACH_LOOK)
        found = page.evaluate(
            """part => axe.run(part || document, {preload: false, resultTypes: ['violations']})
              .then(all => all.violations)""",
            part,
        )
        return [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found]

    return look
