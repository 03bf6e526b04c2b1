"""The chapters where others show them: GitHub, nbviewer, VS Code and JupyterLab without a kernel.

None of them knows the book's directives; all of them show what a notebook file holds.
"""

import re
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

ROOT = Path(__file__).parent.parent
PATHS = sorted((ROOT / "chapters").glob("*.ipynb"))
#: HTML that GitHub's sanitizer and all others let through in text.
ELEMENTS = {"details", "summary", "br", "sub", "sup"}


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request):
    book = nbformat.read(request.param, as_version=4)
    book.path = request.param
    return book


def text_of(cell):
    """Return a text cell without its code, where braces and angles mean something else."""
    without = re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL)
    return re.sub(r"`[^`]*`|\$\$.*?\$\$|\$[^$]*\$", "", without, flags=re.DOTALL)


def outputs(notebook):
    return [(cell, o) for cell in notebook.cells for o in cell.get("outputs", [])]


def test_text_has_nothing_that_only_the_book_understands(notebook):
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        assert not re.search(r"^\s*(:::|```\{|~~~\{)", cell.source, re.MULTILINE), cell.id
        text = text_of(cell)
        assert not re.search(r"\{[a-z:-]+\}$|\{\{|^\([\w-]+\)=$|^% ", text, re.MULTILINE), cell.id
        assert set(re.findall(r"</?([a-z]+)", text)) <= ELEMENTS, cell.id


def test_no_output_is_empty_or_needs_a_kernel(notebook):
    for cell, output in outputs(notebook):
        data = output.get("data", {})
        content = output.get("text") or data.get("image/png") or data.get("text/html")
        content = content or data.get("text/plain")
        assert str(content or "").strip(), f"{cell.id} has an empty output"
        assert not any(kind.startswith("application/vnd.jupyter") for kind in data), cell.id
    assert "widgets" not in notebook.metadata


def test_links_are_to_chapters_and_pages_that_every_place_has(notebook):
    """GitHub and JupyterLab follow relative links to files; Colab and nbviewer those to https."""
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for target in re.findall(r"\]\(([^)\s]+)\)|href=\"([^\"]+)\"", cell.source):
            target = target[0] or target[1]
            if target.startswith("https://"):
                continue
            path = (notebook.path.parent / target.split("#")[0]).resolve()
            assert path.is_file(), f"{cell.id} links to {target}"
            assert path.is_relative_to(ROOT), f"{cell.id} links out of the course: {target}"


def test_nbviewer_shows_every_figure_and_every_element(notebook):
    """nbviewer shows what nbconvert makes of a notebook."""
    page, _ = HTMLExporter(template_name="classic").from_notebook_node(notebook)
    pictures = [o for _, o in outputs(notebook) if "image/png" in o.get("data", {})]
    assert len(re.findall(r'<img\b[^>]*src="data:image/png', page)) == len(pictures)
    elements = [o for _, o in outputs(notebook) if "text/html" in o.get("data", {})]
    assert page.count("data-lenet-element") >= len(elements)
    assert "jupyter-widgets" not in re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
