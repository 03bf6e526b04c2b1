"""Write the repository's address wherever it is stated: python tools/address.py URL.

The address stands in pyproject.toml, under [tool.lenet], and everything else that states it is
made from that by this tool: the blocks between the marks `address` and `/address` in
README.md, book/how.md and CITATION.cff, and the first code cell of every chapter. The book
reads it when it is built. Without an address no block has a link, and no page a button.

`python tools/address.py` prints what it is; `python tools/address.py none` takes it away.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tomllib
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent
BRANCH = "main"
FORM = re.compile(r"https://github\.com/([A-Za-z0-9][A-Za-z0-9-]{0,38})/([A-Za-z0-9._-]{1,100})")
STATED = re.compile(r'(?<=\naddress = ")[^"\n]*(?="\n)')
#: The id of the first code cell of every chapter.
CELL = "install"
PROMPT = "Install the course's package, where it is missing"

FIRST_CELL = """\
# Where the course's package is missing, as in Colab, install it and nothing else.
import os
import subprocess
import sys
from importlib.util import find_spec

ADDRESS = "{archive}"
if not find_spec("lenet_utils"):
    source = os.environ.get("LENET_SOURCE", ADDRESS)
    assert source, "The course has no address yet: run `make lab` in a copy of it."
    assert sys.version_info >= (3, 11), "The course needs Python 3.11 or newer."
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", source]
    said = subprocess.run(pip, capture_output=True, text=True).stderr
    why = "no repository is there" if "404" in said else "is there a network?"
    assert find_spec("lenet_utils"), f"I cannot install {{source}}: {{why}}\\n{{said}}"
"""

README = """\
[![Tests]({address}/actions/workflows/test.yml/badge.svg)]({address}/actions/workflows/test.yml)
[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab}/chapters/01_input.ipynb)
[![Open in Binder](https://mybinder.org/badge_logo.svg)]({binder}?urlpath=lab/tree/chapters)

Read it at <{pages}>, open the first chapter in Colab or all of them in Binder with the buttons
above, or take a copy:

```bash
git clone {address}
```
"""

HOW = """\
In a browser, without installing anything: the rocket at the top of each chapter opens it in \
Colab or in Binder. Colab needs a Google account; its first cell installs the course's package. \
Binder needs no account, and takes a few minutes to start.

To have the course on your own machine, take a copy with `git clone {address}`.
"""

CITATION = """\
repository-code: "{address}"
url: "{pages}"
"""

#: Files with a block, how its two marks look, and what stands between them.
BLOCKS = {
    "README.md": ("<!-- address -->", "<!-- /address -->", README),
    "book/how.md": ("<!-- address -->", "<!-- /address -->", HOW),
    "CITATION.cff": ("# address", "# /address", CITATION),
}


class NotAnAddress(ValueError):
    """What was given is not the address of a repository."""


def checked(text: str) -> str:
    """Return an address without its trailing slash or .git, or raise NotAnAddress."""
    address = text.strip().removesuffix("/").removesuffix(".git")
    found = FORM.fullmatch(address)
    if not found or found[2].strip(".") == "":
        raise NotAnAddress(
            f"{text!r} is not the address of a repository. It must look like "
            "https://github.com/OWNER/NAME. Nothing changed."
        )
    return address


def stated(root: Path = ROOT) -> str:
    """Return the address that pyproject.toml states, or an empty text."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return settings["tool"]["lenet"]["address"]


def places(address: str) -> dict[str, str]:
    """Return the addresses that follow from the repository's."""
    owner, name = address.removeprefix("https://github.com/").split("/")
    host = f"{owner.lower()}.github.io"
    return {
        "address": address,
        "pages": f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/",
        "colab": f"https://colab.research.google.com/github/{owner}/{name}/blob/{BRANCH}",
        "binder": f"https://mybinder.org/v2/gh/{owner}/{name}/{BRANCH}",
    }


def first_cell(address: str) -> str:
    """Return the source of the first code cell of every chapter."""
    # An archive is installed without Git, which a reader may not have.
    archive = f"{address}/archive/HEAD.zip" if address else ""
    return FIRST_CELL.format(archive=archive).rstrip("\n")


def put_first_cell(notebook, address: str) -> None:
    """Put the first code cell into a notebook, or bring the one that is there up to date.

    Where it is new, the cells that follow are counted on by one: it does nothing there.
    """
    cells = notebook.cells
    at = next((i for i, cell in enumerate(cells) if cell.get("id") == CELL), None)
    if at is None:
        codes = [i for i, cell in enumerate(cells) if cell.cell_type == "code"]
        executed = bool(codes) and cells[codes[0]].execution_count == 1
        for i in codes:
            if executed:
                cells[i].execution_count += 1
                for output in cells[i].outputs:
                    if output.get("execution_count"):
                        output["execution_count"] += 1
        at = codes[0] if codes else len(cells)
        count = 1 if executed else None
        cells.insert(at, nbformat.v4.new_code_cell(id=CELL, execution_count=count))
    cells[at].source = first_cell(address)
    # A page of the book installs nothing, and folds the cell.
    cells[at].metadata["tags"] = ["hide-input"]
    cells[at].metadata["mystnb"] = {"code_prompt_show": PROMPT, "code_prompt_hide": PROMPT}


def with_block(text: str, name: str, address: str) -> str:
    """Return a file's text with what belongs between its marks."""
    start, end, template = BLOCKS[name]
    block = template.format(**places(address)) if address else ""
    if name.endswith(".md") and block:
        block = f"\n{block}\n"
    pattern = re.compile(rf"^{re.escape(start)}\n.*?^{re.escape(end)}\n", re.DOTALL | re.MULTILINE)
    if len(pattern.findall(text)) != 1:
        raise ValueError(
            f"{name} must have the lines {start!r} and {end!r}, once. Nothing changed."
        )
    return pattern.sub(lambda _: f"{start}\n{block}{end}\n", text)


def rewritten(address: str, root: Path = ROOT) -> dict[Path, str]:
    """Return the files that an address changes, and their new texts."""
    texts = {}
    path = root / "pyproject.toml"
    text = path.read_text(encoding="utf-8")
    if len(STATED.findall(text)) != 1:
        raise ValueError('pyproject.toml must have one line: address = "...". Nothing changed.')
    texts[path] = STATED.sub(address, text)
    for name in BLOCKS:
        text = (root / name).read_text(encoding="utf-8")
        texts[root / name] = with_block(text, name, address)
    for path in sorted((root / "chapters").glob("*.ipynb")):
        notebook = nbformat.v4.reads(path.read_text(encoding="utf-8"))
        put_first_cell(notebook, address)
        texts[path] = nbformat.v4.writes(notebook) + "\n"
    return {p: text for p, text in texts.items() if p.read_text(encoding="utf-8") != text}


def write(texts: dict[Path, str]) -> None:
    """Write files, each whole or not at all."""
    for path, text in texts.items():
        temporary = path.with_name(path.name + ".part")
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address", nargs="?", help="https://github.com/OWNER/NAME, or none")
    parser.add_argument("--check", action="store_true", help="only say whether all agree")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout, if not this one")
    given = parser.parse_args()
    present = stated(given.root)
    if given.check:
        differing = rewritten(present, given.root)
        for path in differing:
            print(f"{path} differs. Run: make address URL={present or 'none'}", file=sys.stderr)
        return 1 if differing else 0
    if not given.address:
        print(f"The address is {present or 'not set'}. To set it: ", end="")
        print("make address URL=https://github.com/OWNER/NAME; to take it away: URL=none")
        return 0
    try:
        address = "" if given.address == "none" else checked(given.address)
        texts = rewritten(address, given.root)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    write(texts)
    print(f"The address is {address or 'not set'} now; {len(texts)} files changed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
