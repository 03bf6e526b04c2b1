"""Make one zip to read and run the course from, without a network: python tools/dist.py.

It holds the built book (open index.html), the notebooks, and what they need to run: the package
and the pinned requirements. The same files give the same zip, byte for byte.
"""

from __future__ import annotations

import argparse
import os
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
NAME = "lenet-5"
#: Folders and files of the checkout that a reader of the zip can run the chapters with.
COURSE = (
    "chapters",
    "lenet_utils",
    "README.md",
    "CITATION.cff",
    "LICENSE",
    "LICENSE-TEXT.md",
    "pyproject.toml",
    "requirements.txt",
)
#: What is left out beside every file and folder whose name begins with a dot.
LEFT_OUT = {"objects.inv", "__pycache__", ".part", ".pyc"}
#: The earliest date that a zip can state. Real ones would differ from build to build.
DATE = (1980, 1, 1, 0, 0, 0)
START = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>LeNet-5, layer by layer</title>
<meta http-equiv="refresh" content="0; url=book/index.html"></head>
<body><p><a href="book/index.html">Read LeNet-5, layer by layer</a></p></body>
</html>
"""
READ_ME = """LeNet-5, layer by layer

To read: open index.html in a browser. It needs no network.

To run the chapters, with Python 3.11, 3.12 or 3.13, in this folder:

    python -m venv .venv
    .venv/bin/python -m pip install -r course/requirements.txt
    .venv/bin/jupyter lab course/chapters

On Windows it is .venv\\Scripts\\ instead of .venv/bin/. Installing needs a network once. With no
MNIST at hand, and no network, the chapters use the 5,000 images that come with a package.
"""


def files_below(start: Path) -> list[Path]:
    """Return the files of a folder that belong into the zip, in an order that never changes."""

    def belongs(path: Path) -> bool:
        parts = path.relative_to(start.parent).parts
        hidden = any(part.startswith(".") for part in parts)
        return path.is_file() and not hidden and not LEFT_OUT & {path.suffix, *parts}

    paths = [start] if start.is_file() else start.rglob("*")
    return sorted(path for path in paths if belongs(path))


def contents(site: Path) -> dict[str, bytes]:
    """Return what the zip holds, by name."""
    held = {"index.html": START.encode(), "READ ME.txt": READ_ME.encode()}
    for path in files_below(site):
        held[f"book/{path.relative_to(site).as_posix()}"] = path.read_bytes()
    for part in COURSE:
        for path in files_below(ROOT / part):
            held[f"course/{path.relative_to(ROOT).as_posix()}"] = path.read_bytes()
    # The requirements install the package from where they are, wherever pip is started.
    requirements = held["course/requirements.txt"].decode()
    held["course/requirements.txt"] = requirements.replace("\n-e .\n", "\n-e ./course\n").encode()
    return held


def make(site: Path, target: Path) -> int:
    """Write the zip, whole or not at all; return its number of files."""
    held = contents(site)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".part")
    with zipfile.ZipFile(temporary, "w") as archive:
        for name in sorted(held):
            entry = zipfile.ZipInfo(f"{NAME}/{name}", DATE)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, held[name])
    os.replace(temporary, target)
    return len(held)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--site", type=Path, default=SITE)
    parser.add_argument("--output", type=Path, default=ROOT / "dist" / f"{NAME}.zip")
    given = parser.parse_args()
    if not (given.site / "index.html").exists():
        sys.exit(f"There is no book in {given.site}. Run: make book")
    count = make(given.site, given.output)
    size = given.output.stat().st_size / 1e6
    print(f"{given.output}: {count} files, {size:.1f} MB. Unzip it and open index.html.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
