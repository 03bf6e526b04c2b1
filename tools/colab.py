"""Run chapters as a reader in Colab would: python tools/colab.py chapters/*.ipynb.

Each notebook is copied alone into an empty folder and executed by a Python with Colab's
versions (requirements-colab.txt) that has never heard of the course. Its first cell installs
the package from an archive of a local Git repository, served the way GitHub serves one. Every
other package must be the same afterwards. Needs Git; `make colab` makes the environment.
"""

from __future__ import annotations

import argparse
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv-colab" / "bin" / "python"
LONGEST_FIRST_CELL = 20  # seconds
#: What an archive of the repository must have for its package to be installed.
PARTS = ("pyproject.toml", "README.md", "LICENSE", "lenet_utils")


def make_repository(folder: Path) -> Path:
    """Commit the package, as it is in this checkout, to a new Git repository."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    git = ["git", "-C", str(folder), "-c", "user.name=Colab", "-c", "user.email=colab@localhost"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "The package as it is"]):
        subprocess.run(git + command, check=True)
    return folder


@contextmanager
def served(repository: Path | None) -> Iterator[str]:
    """Serve `/archive/HEAD.zip` of a repository on this machine; give the address.

    Without a repository every request is answered as GitHub answers for one that is not there.
    """

    class Archive(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if repository is None or self.path != "/owner/course/archive/HEAD.zip":
                return self.send_error(404)
            command = ["git", "-C", str(repository), "archive", "--prefix=course/", "HEAD"]
            data = subprocess.run([*command, "--format=zip"], check=True, capture_output=True)
            self.send_response(200)
            self.send_header("Content-Type", "application/zip")
            self.send_header("Content-Length", str(len(data.stdout)))
            self.end_headers()
            self.wfile.write(data.stdout)

        def log_message(self, *arguments):
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Archive)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/owner/course/archive/HEAD.zip"
    finally:
        server.shutdown()
        server.server_close()


def packages(python: Path) -> list[str]:
    """Return what an environment has, the course's own package aside."""
    pip = [python, "-m", "pip", "--disable-pip-version-check", "list", "--format=freeze"]
    listed = subprocess.run(pip, check=True, capture_output=True, text=True).stdout.splitlines()
    return [line for line in listed if not line.startswith("lenet")]


def forget(python: Path) -> None:
    """Take the course's package out of an environment, and what Numba compiled and kept there."""
    pip = [python, "-m", "pip", "uninstall", "--quiet", "--yes", "lenet-utils"]
    subprocess.run(pip, check=True, capture_output=True)
    where = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = subprocess.run(where, check=True, capture_output=True, text=True).stdout.strip()
    shutil.rmtree(Path(packages) / "lenet_utils", ignore_errors=True)


def busy() -> bool:
    """Has this machine had more to do than this, so that the time on the clock says little?"""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > 2 * (os.cpu_count() or 1)


def run(path: Path, python: Path, source: str) -> tuple[float, float]:
    """Execute one notebook alone; return the seconds of its first code cell, and of all."""
    notebook = nbformat.read(path, as_version=4)
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment |= {
        "LENET_SOURCE": source,
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a kernel's own warning, of no use here
    }
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / path.name
        shutil.copy(path, alone)
        manager = AsyncKernelManager()
        command = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        manager._kernel_spec = KernelSpec(argv=command, display_name="Colab", language="python")
        client = NotebookClient(
            notebook,
            km=manager,
            timeout=900,
            resources={"metadata": {"path": folder}},
            extra_arguments=["--IPKernelApp.log_level=40"],
        )
        first, started = 0.0, time.perf_counter()
        with client.setup_kernel(env=environment):
            for number, cell in enumerate(notebook.cells):
                before = time.perf_counter()
                client.execute_cell(cell, number)
                if cell.cell_type == "code" and not first:
                    first = time.perf_counter() - before
        assert [each.name for each in Path(folder).iterdir()] == [path.name], "it left files behind"
        return first, time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--python", type=Path, default=PYTHON)
    given = parser.parse_args()
    if not shutil.which("git"):
        sys.exit("This serves the package from a Git repository. Install Git first.")
    if not given.python.exists():
        sys.exit(f"There is no {given.python}. Run: make colab")
    python = given.python.absolute()
    forget(python)
    before, failed = packages(python), 0
    with tempfile.TemporaryDirectory() as folder, served(make_repository(Path(folder))) as source:
        for path in given.notebooks:
            try:
                first, seconds = run(path, python, source)
                late, slow = first > LONGEST_FIRST_CELL, ""
                if late:
                    late = not busy()
                    slow = ", which is too long" if late else ", with other work on this machine"
                touched = "" if packages(python) == before else "; it changed other packages"
                print(f"{path}: {seconds:.1f} s, its first cell {first:.1f} s{slow}{touched}")
                failed += bool(touched) or late
            except Exception as error:
                failed += 1
                print(f"{path}: failed.\n{error}", file=sys.stderr)
            finally:
                sys.stdout.flush()
                forget(python)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
