"""What the book needs beyond Jupyter Book: the table, its numbers in the text, and formulas.

- `{lenet-table}` is a directive that writes the table, each row a link to its chapter.
- `{{ parameters }}` and other substitutions come from the table and the result files, so that
  no page has a typed count.
- Buttons that lead to the repository, to Colab and to Binder are there once it has an address.
- Formulas become MathML when the book is built: the page needs no script to show them.
"""

from __future__ import annotations

import json
import re
import sys
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from latex2mathml.converter import convert
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from lenet_utils import widgets
from lenet_utils.architecture import LENET5, LENET5_1998, size_text
from lenet_utils.experiments import read_result
from lenet_utils.widgets import element

sys.path.append(str(Path(__file__).resolve().parents[2] / "tools"))
import address

#: Where each row of the table is explained.
CHAPTERS = {
    "Input": "01_input",
    "C1": "02_c1",
    "S2": "03_s2",
    "C3": "04_c3",
    "S4": "05_s4",
    "C5": "06_c5",
    "F6": "07_f6",
    "Output": "08_output",
}


def table_markdown() -> str:
    """Return the course's table in Markdown, with links relative to a page in book/."""
    lines = ["| layer | type | parameters | output |", "| :-- | :-- | :-- | --: |"]
    height, width, _ = LENET5.input_shape
    rows = [("Input", "image", f"none: {height}x{width} gray levels", LENET5.input_shape)]
    rows += [(row.name, row.kind, row.parameters_text, row.output_shape) for row in LENET5.rows]
    for name, kind, parameters, shape in rows:
        link = f"[{name}](../chapters/{CHAPTERS[name]}.ipynb)"
        lines.append(f"| {link} | {kind} | {parameters} | {size_text(shape)} |")
    lines.append(f"| **all** | | **{LENET5.parameters:,}** | |")
    return "\n".join(lines)


def numbers() -> dict[str, str]:
    """Return the substitutions that pages may use, as text."""
    runs = [run for run in read_result("course")["runs"] if run["final"]]
    errors = [run["test_error"] for run in runs]
    return {
        "parameters": f"{LENET5.parameters:,}",
        "multiply_accumulates": f"{LENET5.multiply_accumulates:,}",
        "parameters_1998": f"{LENET5_1998.parameters:,}",
        "connections_1998": f"{LENET5_1998.connections:,}",
        "test_error": f"{100 * sum(errors) / len(errors):.2f} %",
        "seeds": str(len(errors)),
    }


class LenetTable(SphinxDirective):
    """Put the table on a page."""

    def run(self) -> list[nodes.Node]:
        container = nodes.container(classes=["lenet-table"])
        lines = StringList(table_markdown().splitlines(), source=self.get_source_info()[0])
        self.state.nested_parse(lines, self.content_offset, container)
        return [container]


def _mathml(latex: str, display: str) -> str:
    """Return a formula as MathML."""
    return convert(latex.strip(), display=display)


class LenetElement(SphinxDirective):
    """Put an interactive element on a page: `{lenet-element} LayerCalculator`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        host = getattr(widgets, self.arguments[0])().host()
        return [nodes.raw("", host, format="html")]


def visit_inline_math(translator, node) -> None:
    translator.body.append(_mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def visit_block_math(translator, node) -> None:
    formula = _mathml(node.astext(), "block")
    translator.body.append(f'<div class="formula" tabindex="0" role="group">{formula}</div>\n')
    raise nodes.SkipNode


def visit_folded_code(translator, node) -> None:
    """Write a fold as MyST-NB does, but with no paragraph inside `summary`: that is not valid."""
    prompts = dict.fromkeys([node["prompt_show"], node["prompt_hide"]])
    states = ("collapsed", "expanded") if len(prompts) == 2 else ("",)
    titles = "".join(
        f'<span class="admonition-title {state}">{escape(prompt)}</span>'
        for state, prompt in zip(states, prompts, strict=True)
    )
    translator.body.append(
        f'<details class="admonition hide {" ".join(node["classes"])}">\n'
        f"<summary>{titles}</summary>\n"
    )


def depart_folded_code(translator, node) -> None:
    translator.body.append("</details>\n")


def write_scripts(app: Sphinx) -> None:
    """Put the elements' script, style and data where the builder takes static files from."""
    folder = Path(app.doctreedir).parent / "lenet"
    folder.mkdir(parents=True, exist_ok=True)
    start = "\nglobalThis.LeNetCourse.start();\n"
    (folder / "lenet.js").write_text(element.script() + start, encoding="utf-8")
    (folder / "lenet.css").write_text(element.style(), encoding="utf-8")
    (folder / "lenet-data.js").write_text(element.page_data(), encoding="utf-8")
    app.config.html_static_path.append(str(folder))


def add_scripts(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Load the elements' script on the pages that have elements, and the data where needed."""
    body = context.get("body", "")
    if "data-lenet-element" not in body:
        return
    app.add_css_file("lenet.css")
    if "data-lenet-needs" in body:
        app.add_js_file("lenet-data.js", loading_method="defer")
    app.add_js_file("lenet.js", loading_method="defer")


def drop_icon_script(app: Sphinx, error: Exception | None) -> None:
    """Take the theme's icon script from every page: its style sheet has the same icons.

    The script is half of a page's weight; the icons come from a font that is loaded anyway.
    """
    if error or app.builder.format != "html":
        return
    script = re.compile(r"\s*<script[^>]*scripts/fontawesome\.js[^>]*></script>")
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(script.sub("", text), encoding="utf-8")
    (Path(app.outdir) / "_static" / "scripts" / "fontawesome.js").unlink(missing_ok=True)


FRONT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta http-equiv="refresh" content="0; url={page}.html">
</head>
<body><p><a href="{page}.html">{title}</a></p></body>
</html>
"""


def write_front(app: Sphinx, error: Exception | None) -> None:
    """Write the page that leads to the first one; the one made otherwise is not valid HTML."""
    if error or app.builder.format != "html":
        return
    text = FRONT.format(title=app.config.html_title, page=app.config.master_doc)
    (Path(app.outdir) / "index.html").write_text(text, encoding="utf-8")


def add_numbers(app: Sphinx, config) -> None:
    config.myst_substitutions = {**config.myst_substitutions, **numbers()}


def refuse_widget_state(app: Sphinx) -> None:
    """Stop at a notebook with widget state, as Colab saves it, and say what to do.

    Colab's form of it lacks a part that the parser of notebooks asks for.
    """
    for path in sorted((Path(app.srcdir) / "chapters").glob("*.ipynb")):
        if "widgets" in json.loads(path.read_text(encoding="utf-8")).get("metadata", {}):
            raise ExtensionError(
                f"{path} holds the state of its widgets, as Colab saves it, and would break the "
                f"book. Run: .venv/bin/python tools/clean_notebooks.py {path}"
            )


def add_buttons(app: Sphinx, config) -> None:
    """Give the pages their buttons, if the repository has an address to which they can lead."""
    stated = address.stated()
    if not stated:
        return
    config.html_baseurl = address.places(stated)["pages"]
    config.html_theme_options.update(
        repository_url=stated,
        repository_branch=address.BRANCH,
        use_repository_button=True,
        use_issues_button=True,
        launch_buttons={
            "notebook_interface": "jupyterlab",
            "binderhub_url": "https://mybinder.org",
            "colab_url": "https://colab.research.google.com",
        },
    )


def setup(app: Sphinx) -> dict:
    app.add_directive("lenet-table", LenetTable)
    app.add_directive("lenet-element", LenetElement)
    folded = (visit_folded_code, depart_folded_code)
    app.add_node(HideCodeCellNode, override=True, html=folded)
    app.add_html_math_renderer("mathml", (visit_inline_math, None), (visit_block_math, None))
    # Before MyST reads its configuration, hence the low number.
    app.connect("config-inited", add_numbers, priority=1)
    app.connect("config-inited", add_buttons, priority=1)
    app.connect("builder-inited", refuse_widget_state)
    app.connect("builder-inited", write_scripts)
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", drop_icon_script)
    app.connect("build-finished", write_front, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
