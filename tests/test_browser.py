"""Every page of the built book in a real browser, opened from disk, without a network."""

import gzip
import http.server
import threading
from functools import cache, partial
from pathlib import Path
from urllib.parse import unquote

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
#: How a page is opened: its width, and whether it comes over http, from a server whose policy
#: allows nothing from elsewhere, or from disk, without a network.
VIEWS = {"wide, over http": (1280, True), "narrow, from disk": (390, False)}

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


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_quiet_light_and_can_be_used_by_everyone(site, served, open_page, axe, name, view):
    """One load of the page, then light and dark: the page follows the reader's system."""
    width, over_http = VIEWS[view]
    start = served if over_http else site.as_uri()
    watched = open_page(f"{start}/{name}.html", width)
    page = watched.page
    page.wait_for_load_state("networkidle")
    hosts = page.locator("[data-lenet-element]")
    ready = hosts.evaluate_all("hosts => hosts.map(host => host.dataset.lenetReady)")
    assert set(ready) <= {"true"}
    paths = {unquote(url.removeprefix(f"{start}/").partition("?")[0]) for url in watched.asked}
    own, whole = compressed(site / path for path in paths)
    assert own <= 300_000
    assert whole <= 1_200_000
    # A color that is on its way from light to dark would be measured half-way.
    page.add_style_tag(content="*, *::before, *::after { transition: none !important; }")
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.locator(f"html[data-theme={theme}]").wait_for(state="attached")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert (theme, axe(page)) == (theme, [])
    assert watched.faults == []
    assert watched.outside == []


@cache
def weight(path) -> int:
    """Return the bytes of a file, compressed; most files are those of every page."""
    return len(gzip.compress(path.read_bytes()))


def compressed(files) -> tuple[int, int]:
    """Return the bytes of all files, compressed: our own ones, and with the theme and its fonts."""
    weights = {path.name: weight(path) for path in files}
    own = sum(size for file, size in weights.items() if file.startswith(("lenet", "book.css")))
    return own, sum(weights.values())


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ('<p style="color: #888; background: #999">faint</p>', "color-contrast"),
        ('<p style="background: #777"><b>fair</b> <i style="color: #666">faint</i></p>', "color-c"),
        ('<p hidden style="color: #888">no</p><p style="color: #888">faint</p>', "color-contrast"),
        ('<img src="x.png">', "image-alt"),
        ("<button></button>", "button-name"),
    ],
)
def test_what_looks_for_faults_finds_them(site, open_page, axe, html, fault):
    """Among the very many texts of a page that look alike, the one that does not."""
    watched = open_page((site / "book/how.html").as_uri())
    assert axe(watched.page) == []
    watched.page.evaluate("html => document.querySelector('article').innerHTML += html", html)
    assert [rule for rule, _ in axe(watched.page) if rule.startswith(fault)]


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
