"""What is generated is what its command generates; what the project says of itself is true."""

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import yaml

import lenet_utils
from lenet_utils import mnist

ROOT = Path(__file__).parent.parent
TEXTS = [
    path
    for folder in ("lenet_utils", "tests", "tools", "book", "chapters", ".ci")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".md", ".ipynb", ".css", ".js", ".json", ".toml", "")
    and path.is_file()
    and not any(
        part.startswith((".", "__pycache__")) for part in path.relative_to(ROOT / folder).parts
    )
] + [path for path in ROOT.iterdir() if path.is_file() and path.suffix in (".md", ".txt", ".yml")]


def test_drawings_are_what_their_command_draws(tmp_path):
    command = [sys.executable, str(ROOT / "tools" / "draw_assets.py"), str(tmp_path)]
    subprocess.run(command, check=True)
    drawn = sorted(path.name for path in tmp_path.iterdir())
    assert drawn == ["architecture.svg", "favicon.svg", "logo.svg"]
    wanted = re.search(r"^matplotlib==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    for name in drawn:
        if name == "architecture.svg" and version("matplotlib") != wanted[1]:
            continue  # another Matplotlib draws letters with other digits
        same = (tmp_path / name).read_bytes() == (ROOT / "book" / "assets" / name).read_bytes()
        assert same, f"{name} is not what make assets draws"


def test_digits_are_what_their_command_writes(tmp_path):
    from lenet_utils.experiments import digits

    if not mnist.load().full:
        pytest.skip("the whole MNIST is not at hand")
    digits.main(folder=tmp_path)
    with np.load(tmp_path / "digits.npz") as made, np.load(mnist.DIGITS) as kept:
        assert made.files == kept.files
        assert all(np.array_equal(made[key], kept[key]) for key in made.files)


def test_the_project_speaks_of_itself_alone():
    # Its own name for the data beside a checkout is the one exception, in the script that CI runs.
    for path in TEXTS:
        if path.name in ("run", Path(__file__).name, "test_notebooks.py"):
            continue  # the tests have to name what they look for
        text = path.read_text(encoding="utf-8")
        found = re.search(r"\bissue #?\d|/work/|/root/|\.\./shared|farm-", text)
        assert not found, f"{path}: {found[0]}"


def test_version_and_license_are_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == lenet_utils.__version__
    assert citation["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")


def test_help_lists_the_targets():
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("book", "test", "chapters", "lab", "serve", "bench", "help", "experiments"):
        assert re.search(rf"^{target} ", done.stdout, re.MULTILINE), target
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    how = (ROOT / "book" / "how.md").read_text(encoding="utf-8")
    named = re.findall(r"(?:^|`)make ([a-z]+)", readme + contributing + how, re.MULTILINE)
    assert len(set(named)) >= 6
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target} is not there"


def test_an_unsupported_python_gets_a_sentence():
    code = (
        "import sys; sys.version_info = (3, 9, 1)\n"
        f"exec(open({str(ROOT / 'tools' / 'check_python.py')!r}).read())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "needs Python 3.11, 3.12 or 3.13, and this is 3.9" in done.stderr


def test_a_notebook_that_fails_is_left_as_it_was(tmp_path):
    import nbformat

    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    path = tmp_path / "broken.ipynb"
    nbformat.write(book, path)
    before = path.read_bytes()
    command = [sys.executable, str(ROOT / "tools" / "execute.py"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "failed, left as it was" in done.stderr
    assert path.read_bytes() == before


def test_executing_writes_a_canonical_notebook(tmp_path):
    import nbformat

    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(2 + 3)")])
    book.metadata["colab"] = {"provenance": []}
    book.cells[0].metadata["collapsed"] = False
    path = tmp_path / "small.ipynb"
    nbformat.write(book, path)
    command = [sys.executable, str(ROOT / "tools" / "execute.py"), str(path)]
    subprocess.run(command, check=True, capture_output=True)
    first = path.read_bytes()
    done = nbformat.read(path, as_version=4)
    assert set(done.metadata) == {"kernelspec", "language_info"}
    assert done.cells[0].metadata == {}
    assert done.cells[0].execution_count == 1
    assert done.cells[0].outputs[0].text == "5\n"
    subprocess.run(command, check=True, capture_output=True)
    assert path.read_bytes() == first
