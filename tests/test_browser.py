"""Every page of the built book in a real browser, opened from disk, without a network."""

from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

PAGES = ["book/welcome", "book/how", "book/glossary", "book/references", "search", "genindex"] + [
    f"chapters/{path.stem}"
    for path in sorted((Path(__file__).parent.parent / "chapters").glob("*.ipynb"))
]
WIDTHS_AND_THEMES = [(1280, "light"), (390, "dark")]


@pytest.fixture(scope="session")
def axe():
    """The script of axe-core, which finds faults that keep readers out."""
    spec = find_spec("axe_playwright_python")
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(("width", "theme"), WIDTHS_AND_THEMES)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_quiet_fits_and_asks_nobody(site, open_page, name, width, theme):
    watched = open_page((site / f"{name}.html").as_uri(), width, theme)
    watched.page.wait_for_load_state("networkidle")
    assert watched.faults == []
    assert watched.outside == []
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
    assert watched.page.evaluate("document.documentElement.dataset.theme") == theme


@pytest.mark.parametrize(("width", "theme"), WIDTHS_AND_THEMES)
@pytest.mark.parametrize("name", PAGES)
def test_page_can_be_used_by_everyone(site, open_page, axe, name, width, theme):
    watched = open_page((site / f"{name}.html").as_uri(), width, theme)
    watched.page.wait_for_load_state("networkidle")
    watched.page.evaluate(axe)
    found = watched.page.evaluate("axe.run({preload: false}).then((result) => result.violations)")
    assert [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found] == []
