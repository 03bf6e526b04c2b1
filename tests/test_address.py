"""The repository's address stands in one place, and everything that states it agrees."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tools"))
import address as tool  # noqa: E402

FIRST, SECOND = "https://github.com/some-school/lenet-5", "https://github.com/Another/Course.2"
WRONG = (
    "lenet-5",
    "",
    "https://github.com/some-school",
    "https://github.com/some-school/",
    "https://github.com/some-school/lenet-5/tree/main",
    "https://github.com//lenet-5",
    "https://github.com/some school/lenet-5",
    "https://github.com/some-school/..",
    'https://github.com/some-school/x"; import os',
    "git@github.com:some-school/lenet-5.git",
    "http://github.com/some-school/lenet-5",
    "https://example.org/some-school/lenet-5",
)
NAMED = ("pyproject.toml", "README.md", "CITATION.cff", "_config.yml")


def run(*arguments, root):
    command = [sys.executable, ROOT / "tools" / "address.py", *arguments, "--root", root]
    return subprocess.run(command, capture_output=True, text=True)


def put(address, root):
    """What the command does, without the time that starting Python takes."""
    tool.write(tool.rewritten(address, root))


def content(root):
    return {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.fixture
def tree(tmp_path):
    """A copy of what states the address, without one, and with three chapters."""
    for name in NAMED:
        shutil.copy(ROOT / name, tmp_path / name)
    skipped = shutil.ignore_patterns("__pycache__", ".*", "*.part")
    for folder in ("book", "tools"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=skipped)
    (tmp_path / "chapters").mkdir()
    for path in sorted((ROOT / "chapters").glob("*.ipynb"))[:3]:
        shutil.copy(path, tmp_path / "chapters")
    put("", tmp_path)
    return tmp_path


def test_everything_agrees_with_pyproject():
    assert not tool.rewritten(tool.stated()), "Run: make address URL=... with the address it has"


def test_every_chapter_starts_with_the_same_first_cell():
    wanted = tool.first_cell(tool.stated())
    assert len(wanted.splitlines()) <= 15
    for path in (ROOT / "chapters").glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        code = next(cell for cell in cells if cell.cell_type == "code")
        assert code.id == tool.CELL, path.name
        assert code.source == wanted, path.name
        assert code.outputs == [], path.name
        assert [cell.id for cell in cells].count(tool.CELL) == 1, path.name


def test_no_file_states_another_address():
    """Whatever looks like this repository's address is what pyproject.toml states."""
    stated = tool.stated()
    wanted = set(tool.places(stated).values()) if stated else set()
    pattern = re.compile(
        r"https://(?:mybinder\.org/v2/gh/|colab\.research\.google\.com/github/|"
        r"[\w-]+\.github\.io/)[^\s\"')>?]*"
    )
    paths = [ROOT / "README.md", ROOT / "CITATION.cff", *(ROOT / "book").glob("*.md")]
    for path in [*paths, *(ROOT / "chapters").glob("*.ipynb")]:
        for found in pattern.findall(path.read_text(encoding="utf-8")):
            # LaTeX to MathML and other tools have their own pages; none of them is this course.
            assert any(found.startswith(one) for one in wanted), f"{path.name}: {found}"


def test_set_changed_and_taken_away_leaves_every_byte_as_it_was(tree):
    before = content(tree)
    assert run(FIRST + ".git", root=tree).returncode == 0
    first = content(tree)
    changed = {path.name for path in first if first[path] != before.get(path)}
    chapters = {path.name for path in (tree / "chapters").glob("*.ipynb")}
    assert changed == chapters | {"pyproject.toml", "README.md", "how.md", "CITATION.cff"}
    for path in first:
        if path.name in changed:
            assert FIRST.encode() in first[path], path.name

    assert run(FIRST, root=tree).stdout.endswith("0 files changed.\n")  # once is enough
    assert content(tree) == first

    put(SECOND, tree)
    for path, data in content(tree).items():
        assert FIRST.encode() not in data, path
    assert yaml.safe_load((tree / "CITATION.cff").read_text())["url"] == (
        "https://another.github.io/Course.2/"
    )
    assert run("none", root=tree).returncode == 0
    assert content(tree) == before


def test_what_is_no_address_gets_a_sentence_and_changes_nothing(tree):
    before = content(tree)
    done = run(WRONG[0], root=tree)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert content(tree) == before
    for wrong in WRONG:
        with pytest.raises(tool.NotAnAddress, match=r"must look like https://github\.com/OWNER"):
            tool.checked(wrong)


def test_a_block_that_is_gone_is_named_and_nothing_is_changed(tree):
    readme = tree / "README.md"
    readme.write_text(readme.read_text().replace("<!-- /address -->\n", ""))
    before = content(tree)
    done = run(FIRST, root=tree)
    assert done.returncode == 1
    assert "README.md must have the lines" in done.stderr
    assert content(tree) == before


def test_a_new_notebook_gets_the_first_cell_and_counts_on(tree):
    path = tree / "chapters" / "99_new.ipynb"
    cells = [nbformat.v4.new_markdown_cell("# New"), nbformat.v4.new_code_cell("1 + 1")]
    cells[1].execution_count = 1
    cells[1].outputs = [
        nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=1)
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    put(FIRST, tree)
    made = nbformat.read(path, as_version=4)
    nbformat.validate(made)
    assert [cell.get("execution_count") for cell in made.cells] == [None, 1, 2]
    assert made.cells[2].outputs[0].execution_count == 2


def links(page):
    return re.findall(r'href="([^"]+)"', page.read_text(encoding="utf-8"))


def build(tree):
    for path in (tree / "chapters").glob("*.ipynb"):
        if path.stem != "02_c1":  # one chapter shows what every chapter gets
            path.unlink()
    (tree / "_toc.yml").write_text("format: jb-book\nroot: chapters/02_c1\n")
    command = [Path(sys.executable).parent / "jupyter-book", "build", tree, "--all", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return tree / "_build" / "html" / "chapters" / "02_c1.html"


def test_the_book_has_buttons_with_an_address(tree):
    put(FIRST, tree)
    page = build(tree)
    file = "some-school/lenet-5"
    found = links(page)
    assert f"https://mybinder.org/v2/gh/{file}/main?urlpath=lab/tree/chapters/02_c1.ipynb" in found
    colab = f"https://colab.research.google.com/github/{file}/blob/main/chapters/02_c1.ipynb"
    assert colab in found
    assert FIRST in found
    assert "https://some-school.github.io/lenet-5/chapters/02_c1.html" in found  # canonical


def test_the_book_has_no_button_without_an_address(tree):
    page = build(tree)
    outside = [link for link in links(page) if re.search("github|binder|colab", link)]
    assert not outside
    assert "launch-buttons" not in page.read_text(encoding="utf-8")
