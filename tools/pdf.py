"""Make one PDF of the whole book, for paper: python tools/pdf.py.

It takes the pages that `make book` built, in the order of _toc.yml, and prints them with
Chromium (Debian's package, or the one that LENET_BROWSER names). References within the book
become links and page numbers, hints and solutions move to the end of their chapter, and an
interactive element is its still picture with its caption. It prints twice: the first time to
learn on which page everything is.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlparse

import yaml
from address import FIRST_CELL
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright
from pypdf import PdfReader, PdfWriter

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FOLDED = ("Hint", "Solution")


def find_browser() -> str:
    """Return the path of an installed Chromium, or end with a sentence."""
    named = os.environ.get("LENET_BROWSER")
    found = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found or not shutil.which(found):
        sys.exit("The PDF is printed by Chromium. On Debian: apt-get install chromium")
    return found


def contents() -> list[tuple[str, list[str]]]:
    """Return the parts of the book and the names of their pages, in reading order."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    parts = [("", [toc["root"]])]
    return parts + [
        (part["caption"], [chapter["file"] for chapter in part["chapters"]])
        for part in toc["parts"]
    ]


def anchor(page: str, fragment: str = "") -> str:
    """Return the id that a place of a page has in the one document."""
    name = page.replace("/", "-")
    return f"{name}--{fragment}" if fragment else name


class Press:
    """The one document, as it grows from the pages of the built book."""

    def __init__(self, site: Path, parts: list[tuple[str, list[str]]]):
        self.site = site
        self.parts = parts
        self.pages = [name for _, names in self.parts for name in names]
        self.soup = BeautifulSoup("<!doctype html><html lang='en'></html>", "html.parser")

    def new(self, tag: str, text: str = "", **attributes):
        names = {key: key.rstrip("_").replace("_", "-") for key in attributes}
        made = self.soup.new_tag(tag, attrs={names[key]: attributes[key] for key in attributes})
        made.string = text
        return made

    def article(self, name: str):
        """Return a page's article, with ids and links that hold in the one document."""
        path = self.site / f"{name}.html"
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        article = page.select_one("article.bd-article")
        for part in article.select("a.headerlink, script, style, .d-print-none"):
            part.decompose()
        for part in article.select("[id]"):
            part["id"] = anchor(name, part["id"])
        for code in article.select("div.cell pre"):
            if code.get_text().startswith(FIRST_CELL.splitlines()[0]):
                code.find_parent("div", class_="cell").decompose()  # paper installs nothing
        article["id"] = anchor(name)
        stem = name.rpartition("/")[2]
        if stem[:2].isdigit():
            article.h1.insert(0, f"{int(stem[:2])}. ")
        for image in article.select("img[src]"):
            source = urlparse(image["src"])
            if not source.scheme:
                image["src"] = (path.parent / unquote(source.path)).resolve().as_uri()
        for link in article.select("a[href]"):
            self.lead(link, name, path)
        self.unfold(article, name)
        return article

    def lead(self, link, name: str, path: Path) -> None:
        """Let a link lead to its place in the document, and carry the number of its page."""
        parts = urlparse(link["href"])
        if parts.scheme:
            return
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        page = target.relative_to(self.site.resolve()).with_suffix("").as_posix()
        if target.suffix != ".html" or page not in self.pages:
            del link["href"]  # a file that paper does not have
            return
        place = anchor(page, unquote(parts.fragment))
        link["href"] = f"#{place}"
        if page != name:
            link.append(self.new("span", class_="on-page", data_page=place))

    def unfold(self, article, name: str) -> None:
        """Move hints and solutions to the end; show what else is folded."""
        moved = []
        for number, folded in enumerate(article.select("details"), start=1):
            kind = folded.summary.get_text(strip=True) if folded.summary else ""
            if kind not in FOLDED:
                folded["open"] = ""
                continue
            exercise = folded.find_previous(self.is_exercise)
            label = exercise.strong.get_text() if exercise else ""
            place = anchor(name, f"folded-{number}")
            note = self.new("p", class_="moved")
            note.append(self.new("a", f"{kind} ", href=f"#{place}"))
            note.a.append(self.new("span", class_="on-page", data_page=place))
            before = folded.find_previous_sibling()
            if before is not None and "moved" in before.get("class", []):
                before.append(" · ")
                before.append(note.a)
            else:
                folded.insert_before(note)
            folded.extract()
            folded.summary.decompose()
            folded.name, folded.attrs = "div", {"id": place}
            folded.insert(0, self.new("h4", f"{label} {kind}".strip()))
            moved.append(folded)
        if moved:
            article.append(self.new("h2", "Hints and solutions"))
            for part in moved:
                article.append(part)

    @staticmethod
    def is_exercise(tag) -> bool:
        """Is this a paragraph that begins with a bold number?"""
        strong = tag.strong if tag.name == "p" else None
        return bool(strong) and strong.get_text()[:1].isdigit()

    def document(self):
        """Return the whole document, with no page numbers yet."""
        head, body = self.new("head"), self.new("body")
        head.append(self.new("meta", charset="utf-8"))
        sheets = [self.site / "_static" / "pygments.css", ROOT / "tools" / "print.css"]
        styles = [sheet.read_text(encoding="utf-8") for sheet in sheets]
        title = self.new("section", class_="title")
        listed = self.new("section", class_="contents")
        listed.append(self.new("p", "Contents", class_="part"))
        body.extend([title, listed])
        entries = self.new("ol")
        listed.append(entries)
        for caption, names in self.parts:
            if caption:
                entries.append(self.new("li", caption, class_="part"))
            for name in names:
                article = self.article(name)
                body.append(article)
                heading = article.h1.get_text()
                entry, link = self.new("li"), self.new("a", heading, href=f"#{anchor(name)}")
                number = self.new("span", class_="on-page", data_page=anchor(name))
                entry.extend([link, number])
                entries.append(entry)
                running = heading.replace("\\", "").replace('"', "'")
                article["style"] = f"page: {anchor(name)}"
                styles.append(
                    f'@page {anchor(name)} {{ @top-center {{ content: "{running}"; '
                    'color: #555; font: italic 9pt "P052", "Liberation Serif", serif } }'
                )
        config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
        head.append(self.new("title", config["title"]))
        title.append(self.new("p", config["title"], class_="book"))
        drawing = (ROOT / "book" / "assets" / "architecture.svg").as_uri()
        title.append(self.new("img", src=drawing, alt="The network as stacked squares."))
        title.append(self.new("p", "A course in executable chapters"))
        footer = BeautifulSoup(config["html"]["extra_footer"], "html.parser")
        title.append(self.new("p", footer.get_text(strip=True)))
        head.append(self.new("style", "\n".join(styles)))
        html = self.soup.html
        html.extend([head, body])
        return self.soup

    def number(self, pages: dict[str, int]) -> None:
        """Write the page of every place beside the links that lead there."""
        for span in self.soup.select("[data-page]"):
            page = pages[span["data-page"]]
            in_contents = span.parent.name == "li"
            span.string = str(page) if in_contents else f" (p. {page})"


def launch(started):
    """Start the browser that prints."""
    arguments = ["--disable-gpu", "--disable-background-networking", "--no-first-run"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to run as root with its sandbox
    return started.chromium.launch(executable_path=find_browser(), args=arguments)


def places(path: Path) -> dict[str, int]:
    """Return the page of every place that something in a PDF leads to."""
    reader = PdfReader(path)
    return {
        unquote(name.lstrip("/")): reader.get_destination_page_number(place) + 1
        for name, place in reader.named_destinations.items()
    }


def printed(browser, soup, folder: Path, target: Path) -> None:
    """Print a document to a PDF."""
    source = folder / "book.html"
    source.write_text(str(soup), encoding="utf-8")
    page = browser.new_page()
    page.goto(source.as_uri())
    page.evaluate("Promise.all([...document.images].map(image => image.decode()))")
    page.pdf(path=target, prefer_css_page_size=True, print_background=True, outline=True,
             tagged=True)  # fmt: skip
    page.close()


def make(site: Path, target: Path, parts: list[tuple[str, list[str]]]) -> int:
    """Print pages of the book that was built in `site` to `target`; return how many they fill."""
    press = Press(site, parts)
    soup = press.document()
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    press.number(dict.fromkeys((s["data-page"] for s in soup.select("[data-page]")), 888))
    with tempfile.TemporaryDirectory() as name, sync_playwright() as started:
        folder = Path(name)
        browser = launch(started)
        draft = folder / "draft.pdf"
        printed(browser, soup, folder, draft)
        for _ in range(3):  # numbers can move a line, and a line a page
            pages = places(draft)
            press.number(pages)
            printed(browser, soup, folder, draft)
            if places(draft) == pages:
                break
        else:
            raise RuntimeError("The page numbers do not settle.")
        browser.close()
        writer = PdfWriter(clone_from=draft)
        writer.add_metadata({"/Title": soup.title.string, "/Author": "The authors"})
        target.parent.mkdir(parents=True, exist_ok=True)
        writer.write(target)
        return len(writer.pages)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--site", type=Path, default=SITE)
    parser.add_argument("--output", type=Path, default=ROOT / "dist" / "lenet-5.pdf")
    parser.add_argument("--pages", nargs="+", help="only these, such as chapters/02_c1")
    given = parser.parse_args()
    if not (given.site / "index.html").exists():
        sys.exit(f"There is no book in {given.site}. Run: make book")
    parts = contents()
    if given.pages:
        parts = [(caption, [n for n in names if n in given.pages]) for caption, names in parts]
        parts = [(caption, names) for caption, names in parts if names]
    count = make(given.site, given.output, parts)
    print(f"{given.output}: {count} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
