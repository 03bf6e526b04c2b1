"""Take from notebooks what a program added for itself: python tools/clean_notebooks.py FILES.

Outputs, execution counts, tags and alternative texts stay. What goes is what Colab, VS Code and
JupyterLab write for themselves: widget state (which stops other books from building), the
settings of Colab, cell metadata of all kinds, versions and times. A file that changes is named
with what was taken out, and the end is an error, so that a commit stops until it is added again.
With --check nothing is written.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import nbformat
from execute import WIDGET_VIEW, canonical

WHY = {
    "widgets": "the state of its widgets, which breaks the build of a book",
    "colab": "Colab's settings",
    "accelerator": "Colab's choice of hardware",
    "vscode": "VS Code's settings",
}


def named(notebook, stem: str) -> None:
    """Give every cell an id of its own, for the older format that Colab writes.

    Colab keeps the id that a cell had before in the cell's metadata.
    """
    seen = set()
    for number, cell in enumerate(notebook.cells, start=1):
        own = cell.get("id") or cell.metadata.get("id")
        if not own or own in seen:
            own = f"{stem.replace('_', '-')}-{number:02}"
            while own in seen:
                own += "x"
        cell.id = own
        seen.add(own)


def taken_out(notebook) -> list[str]:
    """Return in words what the cleaner is going to take out of a notebook."""
    found = [words for key, words in WHY.items() if key in notebook.metadata]
    extra = set(notebook.metadata) - set(WHY) - {"kernelspec", "language_info", "myst", "mystnb"}
    found += [f"the metadata {key!r}" for key in sorted(extra)]
    kept = {"tags", "mystnb"}
    cells = {key for cell in notebook.cells for key in cell.metadata if key not in kept}
    if cells:
        found.append(f"metadata of cells ({', '.join(sorted(cells))})")
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    if any(WIDGET_VIEW in output.get("data", {}) for output in outputs):
        found.append("references to widgets of a kernel that is gone")
    return found or ["spaces, versions or the order of keys"]


def cleaned(path: Path) -> tuple[str, list[str]]:
    """Return a notebook's clean text, and in words what was taken out, if anything.

    Raises ValueError if the file is no notebook.
    """
    before = path.read_text(encoding="utf-8")
    try:
        raw = json.loads(before)
        notebook = nbformat.v4.reads(before)
        if raw["nbformat"] != 4:
            raise ValueError(f"it has format {raw['nbformat']}")
        notebook.metadata, notebook.cells  # noqa: B018 (both must be there)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not a notebook of format 4: {error}.") from error
    words = taken_out(notebook)
    named(notebook, path.stem)
    after = nbformat.v4.writes(canonical(notebook)) + "\n"
    return after, [] if after == before else words


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--check", action="store_true", help="say what would change")
    given = parser.parse_args()
    changed = []
    for path in given.notebooks:
        try:
            text, words = cleaned(path)
        except ValueError as error:
            print(error, file=sys.stderr)
            changed.append(path)
            continue
        if not words:
            continue
        changed.append(path)
        print(f"{path} {'holds' if given.check else 'is clean now. It held'}: {'; '.join(words)}.")
        if not given.check:
            temporary = path.with_suffix(".part")
            temporary.write_text(text, encoding="utf-8")
            os.replace(temporary, path)
    if changed and given.check:
        print(f"To clean: python tools/clean_notebooks.py {' '.join(map(str, changed))}")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
