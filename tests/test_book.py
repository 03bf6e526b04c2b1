"""The book builds without a warning, and its pages have what readers and search engines need."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

from lenet_utils.architecture import LENET5

ROOT = Path(__file__).parent.parent


class Page(HTMLParser):
    """The parts of a page that are checked."""

    def __init__(self, path: Path):
        super().__init__()
        self.links, self.images, self.meta, self.ids, self.text = [], [], {}, set(), []
        self.formulas, self.language, self.title, self._in = 0, None, "", None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self._in = tag
        self.ids.add(given.get("id"))
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag == "img":
            self.images.append(given)
        elif tag == "meta" and "name" in given:
            self.meta[given["name"]] = given.get("content", "")
        elif tag == "math":
            self.formulas += 1
        elif tag == "html":
            self.language = given.get("lang")

    def handle_data(self, data):
        if self._in == "title":
            self.title += data
        self.text.append(data)


@pytest.fixture(scope="session")
def pages(site):
    paths = [*sorted((site / "chapters").glob("*.html")), *sorted((site / "book").glob("*.html"))]
    assert len(paths) >= 16
    return {path: Page(path) for path in paths}


def test_every_page_has_a_language_a_title_and_a_description(pages):
    titles = set()
    for path, page in pages.items():
        assert page.language == "en", path
        assert 60 <= len(page.meta.get("description", "")) <= 250, path
        titles.add(page.title)
    assert len(titles) == len(pages)


def test_every_image_has_alternative_text(pages):
    for path, page in pages.items():
        for image in page.images:
            if image["src"].endswith("_static/logo.svg"):
                assert image["alt"] == ""  # the book's title stands beside it, in the same link
                continue
            assert image.get("alt", "").strip(), f"{path}: {image.get('src')}"
            assert "_images/" not in image["alt"], f"{path}: {image.get('src')}"


def test_every_link_within_the_book_leads_somewhere(pages):
    for path, page in pages.items():
        for link in page.links:
            parts = urlparse(link)
            if parts.scheme or link.startswith("mailto:"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.exists(), f"{path.name} links to {link}"
            if parts.fragment and target in pages:
                assert unquote(parts.fragment) in pages[target].ids, f"{path.name}: {link}"


def test_welcome_shows_the_table_with_a_link_to_each_chapter(pages, site):
    page = pages[site / "book" / "welcome.html"]
    text = "".join(page.text)
    for row in LENET5.rows:
        assert row.parameters_text in text
    for name in ("01_input", "02_c1", "03_s2", "04_c3", "05_s4", "06_c5", "07_f6", "08_output"):
        assert f"../chapters/{name}.html" in page.links
    assert f"{LENET5.parameters:,}" in text
    assert "{{" not in text


def test_pages_type_no_count_of_the_table():
    from test_notebooks import typed_counts

    for path in [*(ROOT / "book").glob("*.md"), ROOT / "README.md"]:
        text = path.read_text(encoding="utf-8")
        for count in typed_counts():
            assert not re.search(rf"(?<![\d.,]){re.escape(count)}(?![\d]|[.,]\d)", text), path.name


def test_formulas_are_mathml_and_nothing_asks_for_mathjax(pages, site):
    assert sum(page.formulas for page in pages.values()) > 20
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script[^>]*mathjax", text, re.IGNORECASE), path
        assert "merror" not in text, path


def test_search_finds_the_chapters(site):
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text[text.index("(") + 1 : text.rindex(")")])
    assert "chapters/02_c1" in index["docnames"]
    assert {"kernel", "convolut"} <= set(index["terms"])


def test_previous_and_next_lead_through_the_whole_book(pages, site):
    at, seen = site / "book" / "welcome.html", []
    while at not in seen:
        seen.append(at)
        text = at.read_text(encoding="utf-8")
        following = re.search(r'class="right-next"\s+href="([^"]+)"', text)
        if following:
            at = (at.parent / following[1]).resolve()
    assert len(seen) == len([p for p in pages if p.name not in ("genindex.html",)])


def test_index_leads_to_the_welcome_page(site):
    assert "book/welcome.html" in (site / "index.html").read_text(encoding="utf-8")


def test_logo_and_favicon_are_there(pages, site):
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert 'rel="icon"' in text, path
        assert "_static/logo.svg" in text, path
