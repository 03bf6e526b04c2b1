"""The notebook cleaner: what Colab saves comes back as it was, with outputs and counts."""

import copy
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHAPTER = ROOT / "chapters" / "02_c1.ipynb"
sys.path.append(str(ROOT / "tools"))
import clean_notebooks as cleaner  # noqa: E402


def run(*arguments):
    command = [sys.executable, ROOT / "tools" / "clean_notebooks.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def saved_by_colab(path):
    """Return a notebook as Colab writes it: the old format, ids moved, widget state added."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    saved = copy.deepcopy(notebook)
    saved["nbformat_minor"] = 0
    saved["metadata"] |= {
        "colab": {"provenance": [], "toc_visible": True},
        "accelerator": "GPU",
        "widgets": {"application/vnd.jupyter.widget-state+json": {"3f": {"model_name": "X"}}},
    }
    for cell in saved["cells"]:
        cell["metadata"] |= {"id": cell.pop("id"), "outputId": "1234-abcd"}
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                output["data"][cleaner.WIDGET_VIEW] = {"model_id": "3f", "version_major": 2}
            if "metadata" in output:
                output["metadata"] = {"tags": []}
    return json.dumps(saved, indent=2)


def test_every_chapter_is_clean():
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        text, words = cleaner.cleaned(path)
        assert not words, f"{path.name} holds {words}. Run: python tools/clean_notebooks.py {path}"
        assert text == path.read_text(encoding="utf-8")


def test_what_colab_saves_comes_back_byte_for_byte(tmp_path):
    path = tmp_path / CHAPTER.name
    path.write_text(saved_by_colab(CHAPTER), encoding="utf-8")
    done = run(path)
    assert done.returncode == 1  # a commit stops here
    assert "the state of its widgets, which breaks the build of a book" in done.stdout
    assert "Colab's choice of hardware" in done.stdout
    assert path.read_bytes() == CHAPTER.read_bytes()
    again = run(path)
    assert (again.returncode, again.stdout) == (0, "")


def test_the_book_is_not_built_with_widget_state(tmp_path):
    for name in ("_config.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for folder in ("book", "tools"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: chapters/02_c1\n")
    (tmp_path / "chapters").mkdir()
    saved = tmp_path / "chapters" / CHAPTER.name
    saved.write_text(saved_by_colab(CHAPTER), encoding="utf-8")
    command = [Path(sys.executable).parent / "jupyter-book", "build", tmp_path, "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    said = re.sub(r"\s+", " ", done.stdout + done.stderr)
    assert f"{saved} holds the state of its widgets, as Colab saves it" in said
    assert f"Run: .venv/bin/python tools/clean_notebooks.py {saved}" in said


def test_checking_says_what_there_is_and_writes_nothing(tmp_path):
    path = tmp_path / CHAPTER.name
    path.write_text(saved_by_colab(CHAPTER), encoding="utf-8")
    before = path.read_bytes()
    done = run("--check", path)
    assert done.returncode == 1
    assert "holds: the state of its widgets" in done.stdout
    assert f"To clean: python tools/clean_notebooks.py {path}" in done.stdout
    assert path.read_bytes() == before


def test_cells_without_an_id_get_one_of_their_own(tmp_path):
    path = tmp_path / "my_notes.ipynb"
    cell = {"cell_type": "markdown", "metadata": {}, "source": "Text"}
    raw = {"nbformat": 4, "nbformat_minor": 0, "metadata": {}, "cells": [cell, cell]}
    path.write_text(json.dumps(raw), encoding="utf-8")
    run(path)
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert [cell["id"] for cell in cells] == ["my-notes-01", "my-notes-02"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"nbformat": 3}', "not JSON", '{"cells": []}'])
def test_what_is_no_notebook_gets_a_sentence(tmp_path, text):
    path = tmp_path / "broken.ipynb"
    path.write_text(text, encoding="utf-8")
    done = run(path)
    assert done.returncode == 1
    assert "is not a notebook of format 4" in done.stderr
    assert "Traceback" not in done.stderr
    assert path.read_text(encoding="utf-8") == text
