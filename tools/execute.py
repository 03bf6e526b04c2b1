"""Execute notebooks in place, clean and canonical: python tools/execute.py chapters/*.ipynb.

Every notebook runs in a fresh kernel from top to bottom. What is written back has execution
counts 1..n, the outputs, and no trace of when, where or by which tool it was run. A notebook
that fails is left as it was.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import nbformat
from address import put_first_cell, stated
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
#: It names a widget of the kernel that ran the cell. Without that kernel it is an empty frame in
#: JupyterLab and on GitHub, where the HTML beside it is a picture with its caption.
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
KEPT = ("myst", "mystnb")  # notebook metadata that the book reads


def merged(outputs: list) -> list:
    """Return outputs with neighboring pieces of one stream joined: how they came is chance."""
    joined = []
    for output in outputs:
        before = joined[-1] if joined else {}
        if output.output_type == "stream" and before.get("name") == output.name:
            before["text"] += output["text"]
        else:
            joined.append(output)
    return joined


def canonical(notebook):
    """Return a notebook with nothing in its metadata but what the course needs."""
    kept = {key: notebook.metadata[key] for key in KEPT if key in notebook.metadata}
    notebook.metadata = nbformat.from_dict({**METADATA, **kept})
    for cell in notebook.cells:
        allowed = ("tags", "mystnb") if cell.cell_type == "code" else ("tags",)
        cell.metadata = nbformat.from_dict(
            {key: cell.metadata[key] for key in allowed if cell.metadata.get(key)}
        )
        if cell.cell_type == "code":
            cell.outputs = merged(cell.outputs)
        for output in cell.get("outputs", []):
            output.get("metadata", {}).clear()
            output.get("data", {}).pop(WIDGET_VIEW, None)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def execute(path: Path) -> float:
    """Run one notebook and write it back; return how many seconds it took."""
    notebook = nbformat.read(path, as_version=4)
    if path.resolve().parent == ROOT / "chapters":
        put_first_cell(notebook, stated())
    started = time.perf_counter()
    client = NotebookClient(
        notebook,
        timeout=900,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        # Neither start-up lines of C++ libraries nor the kernel's own are part of a chapter.
        extra_arguments=["--IPKernelApp.capture_fd_output=False", "--IPKernelApp.log_level=40"],
        record_timing=False,
        store_widget_state=False,
    )
    client.execute()
    text = nbformat.writes(canonical(notebook)) + "\n"
    temporary = path.with_suffix(".part")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="+", type=Path)
    failed = 0
    for path in parser.parse_args().notebooks:
        try:
            print(f"{path}: {execute(path):.1f} s", flush=True)
        except Exception as error:
            failed += 1
            print(f"{path}: failed, left as it was.\n{error}", file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
