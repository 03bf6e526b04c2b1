"""The book on paper: a few of its pages, printed by a real Chromium."""

import os
import re
import subprocess
import sys
from pathlib import Path
from unicodedata import normalize

import pytest

pytest.importorskip("playwright.sync_api")
from pypdf import PdfReader

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tools"))
import pdf as tool  # noqa: E402

pytestmark = pytest.mark.browser
PAGES = ["book/welcome", "chapters/02_c1", "chapters/04_c3", "book/glossary"]


@pytest.fixture(scope="module")
def printed(site, tmp_path_factory):
    try:
        tool.find_browser()
    except SystemExit as reason:
        if os.environ.get("CI"):
            pytest.fail(str(reason))
        pytest.skip(str(reason))
    target = tmp_path_factory.mktemp("paper") / "book.pdf"
    command = [sys.executable, ROOT / "tools" / "pdf.py", "--site", site, "--output", target]
    done = subprocess.run([*command, "--pages", *PAGES], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    reader = PdfReader(target)
    assert done.stdout == f"{target}: {len(reader.pages)} pages\n"
    text = [normalize("NFKC", page.extract_text()) for page in reader.pages]  # fi is one letter
    text = [re.sub(r"\s+", " ", page) for page in text]
    return target, reader, text


def links(reader):
    """Return page by page where the links within the document lead to, by name."""
    for number, page in enumerate(reader.pages, start=1):
        for note in page.get("/Annots") or []:
            made = note.get_object()
            if "/Dest" in made:
                yield number, str(made["/Dest"]).lstrip("/")


def test_contents_and_references_give_the_right_pages(printed):
    path, _, text = printed
    pages = tool.places(path)
    for heading, name in (
        ("2. C1: the first convolution", "chapters/02_c1"),
        ("4. C3: a convolution over channels", "chapters/04_c3"),
        ("Notation and glossary", "book/glossary"),
    ):
        page = pages[tool.anchor(name)]
        assert f"{heading} {page}" in text[1], "the contents are on the second page"
        assert heading in text[page - 1]
        assert text[page - 1].rstrip().endswith(str(page)) or f" {page} " in text[page - 1]
    assert f"(p. {pages['chapters-04_c3']})" in " ".join(text)


def test_every_link_within_the_document_leads_somewhere(printed):
    _, reader, _ = printed
    names = {name.lstrip("/") for name in reader.named_destinations}
    found = list(links(reader))
    assert len(found) > 20
    assert not [place for _, place in found if place not in names]
    outline = [one.title for one in reader.outline if not isinstance(one, list)]
    assert any("C1: the first convolution" in title for title in outline)


def test_elements_are_pictures_and_solutions_stand_at_the_end(printed):
    _, reader, pages = printed
    text = " ".join(pages)
    assert "In the book, and where the cell is run, its sizes can be changed." in text
    assert re.search(r"Further reading .{100,900}? Hints and solutions 1\. Predict\. Hint ", text)
    assert "is missing, as in Colab" not in text
    assert sum(len(page.images) for page in reader.pages) >= 8


def test_nothing_is_cut_off_at_the_right(site, open_page, tmp_path):
    """A page is 166 mm of text: nothing in the document may be wider."""
    source = tmp_path / "book.html"
    source.write_text(str(tool.Press(site, tool.contents()).document()), encoding="utf-8")
    page = open_page(source.as_uri(), width=round(166 / 25.4 * 96)).page
    page.emulate_media(media="print")
    page.add_style_tag(content="body { margin: 0 }")
    wide = page.evaluate(
        """[...document.querySelectorAll("article *")]
          .filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
          .map((part) => part.outerHTML.slice(0, 200))"""
    )
    assert not wide, wide[:3]
