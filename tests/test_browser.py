"""Every page of the built book in a real browser, opened from disk, without a network."""

import gzip
import http.server
import threading
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

pytestmark = pytest.mark.browser

PAGES = [
    "book/welcome",
    "book/how",
    "book/teaching",
    "book/glossary",
    "book/references",
    "search",
    "genindex",
] + [
    f"chapters/{path.stem}"
    for path in sorted((Path(__file__).parent.parent / "chapters").glob("*.ipynb"))
]
WIDTHS = (1280, 390)
#: Contrast takes most of axe's time. It is the same at both widths but for the menus, which all
#: pages share: on these pages it is looked at in all four views, on the others at the wide one.
IN_FULL = ("book/welcome", "chapters/02_c1")


@pytest.fixture(scope="session")
def axe():
    """The script of axe-core, which finds faults that keep readers out."""
    spec = find_spec("axe_playwright_python")
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_quiet_fits_and_can_be_used_by_everyone(site, open_page, axe, name, width):
    """One load of the page, then light and dark: the page follows the reader's system."""
    watched = open_page((site / f"{name}.html").as_uri(), width)
    page = watched.page
    page.wait_for_load_state("networkidle")
    page.evaluate(axe)
    # A color that is on its way from light to dark would be measured half-way.
    page.add_style_tag(content="*, *::before, *::after { transition: none !important; }")
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_function(f"document.documentElement.dataset.theme === '{theme}'")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width < WIDTHS[0] and theme == "dark" and name not in IN_FULL:
            continue
        off = [] if width == WIDTHS[0] or name in IN_FULL else ["color-contrast"]
        found = page.evaluate(
            """off => axe.run({preload: false, resultTypes: ['violations'],
              rules: Object.fromEntries(off.map(rule => [rule, {enabled: false}]))
            }).then(all => all.violations)""",
            off,
        )
        faults = [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found]
        assert (theme, faults) == (theme, [])
    assert watched.faults == []
    assert watched.outside == []


#: What the theme needs beyond its own files: its inline script, inline styles, data images.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:"
)


@pytest.fixture(scope="module")
def served(site):
    """The book on a server of this machine that allows nothing from elsewhere."""

    class Strict(http.server.SimpleHTTPRequestHandler):
        def end_headers(self):
            self.send_header("Content-Security-Policy", POLICY)
            super().end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Strict, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize("name", PAGES)
def test_page_works_over_http_under_a_strict_policy(served, open_page, name):
    watched = open_page(f"{served}/{name}.html")
    watched.page.wait_for_load_state("networkidle")
    assert watched.faults == []
    assert watched.outside == []
    hosts = watched.page.locator("[data-lenet-element]")
    for number in range(hosts.count()):
        assert hosts.nth(number).get_attribute("data-lenet-ready") == "true"


@pytest.mark.parametrize("name", PAGES)
def test_page_is_light(site, open_page, name):
    """All that a page loads, compressed, the theme and its fonts included."""
    asked = set()
    watched = open_page("about:blank")
    watched.page.on("request", lambda request: asked.add(request.url))
    watched.page.goto((site / f"{name}.html").as_uri())
    watched.page.wait_for_load_state("networkidle")
    paths = [Path(unquote(urlparse(url).path)) for url in asked if url.startswith("file:")]
    weights = {path.name: len(gzip.compress(path.read_bytes())) for path in paths}
    own = sum(weight for file, weight in weights.items() if file.startswith(("lenet", "book.css")))
    assert own <= 300_000
    assert sum(weights.values()) <= 1_200_000


def test_search_finds_a_word_without_a_server(site, open_page):
    watched = open_page((site / "search.html").as_uri() + "?q=saturation")
    found = watched.page.locator("ul.search li a").first
    found.wait_for(timeout=10_000)
    results = watched.page.locator("ul.search").inner_text()
    assert "F6" in results
    assert watched.faults == []


def test_icons_of_the_theme_are_shown(site, open_page):
    watched = open_page((site / "book/welcome.html").as_uri())
    width = watched.page.locator("i.fa-bars, span.fa-bars").first.evaluate(
        "icon => icon.getBoundingClientRect().width"
    )
    assert width > 5
    assert watched.page.evaluate("document.fonts.check('900 16px \"Font Awesome 6 Free\"')")
