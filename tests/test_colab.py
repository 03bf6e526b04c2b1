"""The first cell of a chapter, where the package is missing, and chapters alone in Colab."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tools"))
import address  # noqa: E402
import colab  # noqa: E402

ADDRESS = "https://github.com/some-school/lenet-5"


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A Python that has pip and nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder / ("Scripts" if os.name == "nt" else "bin") / "python"


def first_cell(python, source, stated=ADDRESS, before="", **environment):
    """Run the first cell in a fresh process; return what it wrote to each stream, and its end."""
    code = before + address.first_cell(stated)
    settings = {**os.environ, "PIP_RETRIES": "0", "PIP_TIMEOUT": "5", **environment}
    settings.pop("LENET_SOURCE", None)
    if source is not None:
        settings["LENET_SOURCE"] = source
    return subprocess.run(
        [python, "-c", code], env=settings, capture_output=True, text=True, cwd=python.parent
    )


def last_words(done):
    """Return what the error at the end says."""
    assert done.returncode == 1
    return done.stderr[done.stderr.rindex("AssertionError: ") :]


def test_it_does_nothing_where_the_package_is():
    done = first_cell(Path(sys.executable), "http://127.0.0.1:9/nothing-is-there.zip")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_a_network_it_says_so(bare):
    source = "http://127.0.0.1:9/owner/course/archive/HEAD.zip"
    said = last_words(first_cell(bare, source))
    assert f"I cannot install {source}: is there a network?" in said


def test_an_address_without_a_repository_is_said_to_have_none(bare):
    with colab.served(None) as source:
        said = last_words(first_cell(bare, source))
    assert f"I cannot install {source}: no repository is there" in said


def test_without_an_address_it_says_what_to_do_instead(bare):
    said = last_words(first_cell(bare, None, stated=""))
    assert "has no address yet: run `make lab` in a copy of it." in said


def test_an_old_python_is_named_before_anything_is_fetched(bare):
    old = "import sys\nsys.version_info = (3, 10, 13)\n"
    said = last_words(first_cell(bare, "http://127.0.0.1:9/x.zip", before=old))
    assert said == "AssertionError: The course needs Python 3.11 or newer.\n"


def test_an_archive_needs_no_git_and_a_git_address_says_that_it_does(bare):
    assert "git+" not in address.first_cell(ADDRESS)
    said = last_words(first_cell(bare, f"git+file://{ROOT}", PATH=str(bare.parent)))
    assert "Cannot find command 'git'" in said


@pytest.mark.skipif(
    not colab.PYTHON.exists() or not shutil.which("git"),
    reason="it takes an environment with Colab's versions: run make colab once",
)
def test_a_chapter_runs_alone_with_the_versions_of_colab(tmp_path):
    """One of them; `make colab` runs all."""
    before = colab.packages(colab.PYTHON)
    with colab.served(colab.make_repository(tmp_path)) as source:
        try:
            colab.forget(colab.PYTHON)
            colab.run(ROOT / "chapters" / "02_c1.ipynb", colab.PYTHON, source)
            assert colab.packages(colab.PYTHON) == before
        finally:
            colab.forget(colab.PYTHON)
