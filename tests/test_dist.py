"""The zip: it opens from disk in a folder with spaces, with no network, and is always the same."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tools"))
import dist as tool  # noqa: E402


@pytest.fixture(scope="module")
def archive(site, tmp_path_factory):
    target = tmp_path_factory.mktemp("dist") / "lenet-5.zip"
    tool.make(site, target)
    return target


@pytest.fixture(scope="module")
def unzipped(archive, tmp_path_factory):
    folder = tmp_path_factory.mktemp("a folder with spaces, and ümlauts")
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    return folder / "lenet-5"


def test_the_same_files_give_the_same_zip(archive, site, tmp_path):
    again = tmp_path / "again.zip"
    tool.make(site, again)
    assert again.read_bytes() == archive.read_bytes()


def test_it_holds_the_book_the_notebooks_and_what_they_need(unzipped):
    for path in (ROOT / "chapters").glob("*.ipynb"):
        assert (unzipped / "course" / "chapters" / path.name).read_bytes() == path.read_bytes()
        assert (unzipped / "book" / "chapters" / f"{path.stem}.html").exists()
    for data in (ROOT / "lenet_utils").rglob("*"):
        if data.suffix in (".py", ".js", ".css", ".json", ".npz", ".csv", ".txt"):
            assert (unzipped / "course" / data.relative_to(ROOT)).exists(), data
    assert not [path for path in unzipped.rglob("*") if path.name.startswith((".", "__pycache__"))]


def test_its_requirements_name_the_package_where_it_lies(unzipped):
    """pip reads `-e` relative to where it is started, which READ ME says is the zip's folder."""
    lines = (unzipped / "course" / "requirements.txt").read_text().splitlines()
    assert lines[-1] == "-e ./course"
    assert (unzipped / "course" / "pyproject.toml").exists()
    told = (unzipped / "READ ME.txt").read_text()
    assert "pip install -r course/requirements.txt" in told


def test_its_package_is_whole(unzipped):
    code = "from lenet_utils import models; print(sorted(models.trained_weights()))"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, '.'); {code}"],
        cwd=unzipped / "course",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "C1" in done.stdout


@pytest.mark.browser
def test_index_opens_from_disk_and_the_elements_live(unzipped, open_page):
    watched = open_page((unzipped / "index.html").as_uri())
    page = watched.page
    page.wait_for_url("**/book/welcome.html")
    page.locator(".lenet-live.lenet-element").first.wait_for()
    page.locator("a[href$='02_c1.html']").first.click()
    page.wait_for_url("**/chapters/02_c1.html")
    page.locator(".lenet-calculator.lenet-element").first.wait_for()
    assert (watched.faults, watched.outside) == ([], [])


def test_without_a_book_it_says_how_to_make_one(tmp_path):
    command = [sys.executable, ROOT / "tools" / "dist.py", "--site", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == f"There is no book in {tmp_path}. Run: make book\n"
