"""The chapters as files: executed, canonical, readable everywhere, and without typed counts."""

import ast
import re
from pathlib import Path

import nbformat
import pytest
import yaml

from lenet_utils.architecture import LENET5, LENET5_1998

ROOT = Path(__file__).parent.parent
PATHS = sorted((ROOT / "chapters").glob("*.ipynb"))
TAGS = {"nbval-ignore-output", "hide-input"}
#: The one cell that types the table, in order to check against it.
TABLE_CELL = "# The table as it is published, typed here once to be checked against."


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request):
    book = nbformat.read(request.param, as_version=4)
    nbformat.validate(book)
    book.path = request.param
    return book


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def text_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


def typed_counts():
    """Return the counts of the table that must be computed, as they might be typed."""
    counts = {LENET5.parameters, LENET5.multiply_accumulates, LENET5_1998.connections}
    for network in (LENET5, LENET5_1998):
        for row in network.rows:
            counts |= {row.parameters, row.connections, row.multiply_accumulates}
    # Below 100, and where it is as round as 2,000 or 60,000, a number means other things as well.
    texts = {str(count) for count in counts if count >= 100 and count not in (2_000, 60_000)}
    return texts | {f"{int(text):,}" for text in texts} | {f"{int(text):_}" for text in texts}


def test_the_chapters_are_those_of_the_toc():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    assert [f"chapters/{path.stem}" for path in PATHS] == [
        file for file in listed if file.startswith("chapters/")
    ]
    assert len(PATHS) >= 12


def test_is_valid_and_canonical(notebook):
    assert set(notebook.metadata) <= {"kernelspec", "language_info", "myst"}
    assert notebook.metadata.language_info == {"name": "python"}
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    description = notebook.metadata.myst.html_meta.description
    assert 60 <= len(description) <= 250


def test_is_executed_from_top_to_bottom(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_every_cell_that_shows_something_has_its_output(notebook):
    for cell in code_cells(notebook):
        shows = re.search(r"^\s*(print\(|plt\.show\(\))", cell.source, re.MULTILINE)
        last = ast.parse(cell.source).body[-1]
        value = isinstance(last, ast.Expr) and not isinstance(last.value, ast.Call)
        assert cell.outputs or not (shows or value), f"{cell.id} has no output"


def test_outputs_are_quiet_and_the_same_anywhere(notebook):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error", cell.id
            assert output.get("name") != "stderr", f"{cell.id} writes to standard error"
            text = output.get("text", "") + str(output.get("data", {}).get("text/plain", ""))
            assert not re.search(r"0x[0-9a-f]{6,}|/home/|/root/|/work/|/tmp/|C:\\", text), cell.id


def test_tags_are_the_agreed_ones_and_ignored_outputs_hold_an_assertion(notebook):
    for cell in notebook.cells:
        tags = set(cell.metadata.get("tags", []))
        assert tags <= TAGS, f"{cell.id} has tags {tags - TAGS}"
        assert not re.search(r"NBVAL_|%%capture", cell.source), cell.id
        if "nbval-ignore-output" in tags:
            assert re.search(r"^\s*assert ", cell.source, re.MULTILINE), cell.id


def test_figures_have_alternative_text(notebook):
    for cell in code_cells(notebook):
        images = [o for o in cell.outputs if "image/png" in o.get("data", {})]
        if images:
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(alt) >= 40, f"{cell.id} shows a figure without alternative text"
            assert not alt.lower().startswith(("image", "figure", "plot of")), cell.id


def test_no_number_of_the_table_is_typed(notebook):
    patterns = {text: rf"(?<![\d.,_]){re.escape(text)}(?![\d_]|[.,]\d)" for text in typed_counts()}
    for cell in notebook.cells:
        if cell.source.startswith(TABLE_CELL):
            continue
        for text, pattern in patterns.items():
            assert not re.search(pattern, cell.source), f"{cell.id} types {text}"


def test_every_measured_figure_of_the_text_was_printed_by_a_cell(notebook):
    """A percentage with decimals is a measurement: some output of the chapter must hold it."""
    printed = "\n".join(
        output.get("text", "") + str(output.get("data", {}).get("text/plain", ""))
        for cell in code_cells(notebook)
        for output in cell.outputs
    )
    for cell in text_cells(notebook):
        told = re.sub(r"<details>.*?</details>", "", cell.source, flags=re.DOTALL)
        for figure in re.findall(r"(\d+\.\d+)\s*(?:%|percent|points)", told):
            assert re.search(rf"(?<![\d.]){re.escape(figure)}", printed), f"{cell.id}: {figure}"


def test_cells_are_short_enough_to_read(notebook):
    own = [cell for cell in code_cells(notebook) if cell.id != "install"]  # one of them is not
    lengths = sorted(len(cell.source.splitlines()) for cell in own)
    assert lengths[-1] <= 25
    assert lengths[len(lengths) // 2] <= 10
    assert 18 <= len(notebook.cells) <= 60


def test_has_the_parts_of_a_chapter(notebook):
    text = "\n".join(cell.source for cell in text_cells(notebook))
    assert notebook.cells[0].source.startswith("# ")
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1
    for part in ("**What you will be able to do**", "**What you need**", "## What you saw",
                 "## Exercises", "## Further reading", "Next: ", "> **Predict.**"):  # fmt: skip
        assert part in text, f"{notebook.path.name} lacks {part}"
    assert text.count("<summary>Solution</summary>") >= 3
    assert text.count("<details>") == text.count("</details>") == text.count("<summary>")


def test_reads_in_every_viewer(notebook):
    for cell in text_cells(notebook):
        assert not re.search(r"^(```|:::)\{", cell.source, re.MULTILINE), f"{cell.id}: directive"
        assert not re.search(r"\{(cite|ref|term|numref|doc|math)\}`", cell.source), cell.id
        assert "!" not in re.sub(r"!=|!\[|`[^`]*`|```.*?```", "", cell.source, flags=re.DOTALL)


def test_links_lead_somewhere(notebook):
    for cell in text_cells(notebook):
        for target in re.findall(r"\]\(([^)\s]+)\)", cell.source):
            if not target.startswith("https://"):
                path = notebook.path.parent / target.split("#")[0]
                assert path.resolve().is_file(), f"{cell.id} links to {target}"


def solutions(notebook):
    """Return the Python of every folded solution, in order."""
    text = "\n".join(cell.source for cell in text_cells(notebook))
    folded = re.findall(r"<summary>Solution</summary>(.*?)</details>", text, re.DOTALL)
    return [code for part in folded for code in re.findall(r"```python\n(.*?)```", part, re.DOTALL)]


def test_solutions_are_python_that_knows_its_names(notebook):
    """A solution may use what the chapter defines; anything else it has to bring along."""
    known = set(dir(__builtins__)) | set(__builtins__)
    for source in [cell.source for cell in code_cells(notebook)] + solutions(notebook):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                known.add(node.id)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                known.add(node.name)
            elif isinstance(node, ast.alias):
                known.add((node.asname or node.name).split(".")[0])
            elif isinstance(node, ast.arg):
                known.add(node.arg)
    for code in solutions(notebook):
        used = {n.id for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Name)}
        assert used <= known, f"{notebook.path.name}: unknown {used - known}"
