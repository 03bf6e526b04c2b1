"""Running notebooks through a Jupyter server, as Binder does; `make binder` runs the chapters."""

import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent


def run(tmp_path, *cells):
    folder = tmp_path / "chapters"
    folder.mkdir()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, folder / "small.ipynb")
    tool = ROOT / "tools" / "binder.py"
    command = [sys.executable, tool, "--python", sys.executable, folder / "small.ipynb"]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_notebook_runs_and_its_memory_is_counted(tmp_path):
    done = run(tmp_path, "block = bytearray(300 * 2**20)", "assert len(block) > 2**20")
    assert done.returncode == 0, done.stderr
    seconds, memory = done.stdout.rsplit(": ", 1)[1].split(" s, ")
    assert float(seconds) > 0
    assert 300 < int(memory.split(" MB")[0]) < 1500


def test_a_cell_that_fails_is_named(tmp_path):
    done = run(tmp_path, "print(1)", "1 / 0")
    assert done.returncode == 1
    assert "small.ipynb: failed. ZeroDivisionError: division by zero" in done.stderr


def test_without_its_environment_it_says_what_to_run(tmp_path):
    tool = ROOT / "tools" / "binder.py"
    command = [
        sys.executable,
        tool,
        "--python",
        tmp_path / "none",
        ROOT / "chapters" / "02_c1.ipynb",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.endswith("Run: make binder\n")
