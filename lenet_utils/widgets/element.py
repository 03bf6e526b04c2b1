"""The interactive elements: one small Python class each, and one script for page and kernel.

In a notebook with a kernel an element is an anywidget: its values are traits that Python can
read and set. In the book, which has no kernel, the same script finds the element's host in the
page and brings it to life from the state written there. Where neither is possible, the host
shows a still picture with its caption.
"""

from __future__ import annotations

import base64
import html
import json
from functools import cache
from operator import index
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from lenet_utils import mnist
from lenet_utils.experiments import RESULTS, read_result
from lenet_utils.models import WEIGHTS

FOLDER = Path(__file__).parent
#: The parts of the script and of the style sheet, in the order in which they must stand.
PARTS = (
    "core",
    "calculator",
    "connections",
    "fields",
    "stepping",
    "convolution",
    "pooling",
    "live",
    "playback",
    "quiz",
)


def _joined(ending: str) -> str:
    files = [FOLDER / f"{part}.{ending}" for part in PARTS]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.exists())


@cache
def script() -> str:
    """Return the whole script of the elements, as a classic script."""
    return _joined("js")


@cache
def style() -> str:
    """Return the elements' style sheet."""
    return _joined("css")


MODULE = "\nexport default { render: globalThis.LeNetCourse.render };\n"


@cache
def page_data() -> str:
    """Return the script that carries the trained weights and the example digits to the page.

    The weights are float16, little-endian, as base64; `shapes` says which part is which.
    """
    with np.load(WEIGHTS, allow_pickle=False) as archive:
        arrays = {key: archive[key] for key in sorted(archive.files)}
    raw = b"".join(array.astype("<f2").tobytes() for array in arrays.values())
    data = {
        "shapes": [[key, list(array.shape)] for key, array in arrays.items()],
        "weights": base64.b64encode(raw).decode(),
    }
    with np.load(RESULTS / "page_digits.npz", allow_pickle=False) as archive:
        data["digits"] = {
            "images": base64.b64encode(archive["images"].tobytes()).decode(),
            "labels": archive["labels"].tolist(),
            "wrong": archive["wrong"].tolist(),
        }
    # The ten digits that the chapters use, by label.
    data["examples"] = base64.b64encode(
        b"".join(mnist.digit(label).tobytes() for label in range(10))
    ).decode()
    playback = read_result("playback")
    data["playback"] = {
        "digit": playback["record"]["digit"],
        "epochs": [
            {key: value for key, value in run.items() if key not in ("name", "wall_seconds")}
            for run in playback["runs"]
        ],
    }
    text = json.dumps(data, separators=(",", ":"))
    return f"globalThis.LENET_DATA = {text};\n"


class Element(anywidget.AnyWidget):
    """What every element has; a subclass names itself, its traits, and its still picture."""

    name = ""
    #: Whether the element needs the trained weights and the example digits.
    needs_data = False
    _element = traitlets.Unicode().tag(sync=True)
    _css = style()

    def __init__(self, **state):
        self._esm = (page_data() if self.needs_data else "") + script() + MODULE
        super().__init__(_element=self.name, **state)

    def state(self) -> dict:
        """Return the values that the page needs to show this element as it is now."""
        own = self.trait_names(sync=True, element=True)
        return {name: getattr(self, name) for name in sorted(own)}

    def still(self) -> str:
        """Return HTML that says what the element shows, for where no script runs."""
        raise NotImplementedError

    def __repr__(self) -> str:
        values = ", ".join(
            f"{name}={value!r}"
            for name, value in self.state().items()
            if isinstance(value, int | float | str)
        )
        return f"{type(self).__name__}({values})"

    def host(self) -> str:
        """Return the HTML that the book's script brings to life."""
        state = html.escape(json.dumps(self.state(), sort_keys=True, separators=(",", ":")))
        needs = ' data-lenet-needs="data"' if self.needs_data else ""
        return (
            f'<div data-lenet-element="{self.name}" data-lenet-state="{state}"{needs}>\n'
            f"{self.still()}\n</div>"
        )

    def _repr_mimebundle_(self, **options):
        bundle = super()._repr_mimebundle_(**options)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return {**data, "text/plain": repr(self), "text/html": self.host()}, metadata


def trait(kind, *arguments, **options):
    """Return a trait that page and kernel share."""
    return kind(*arguments, **options).tag(sync=True, element=True)


def at_least(name: str, value: int, minimum: int = 1) -> int:
    """Return `value`, or raise ValueError if it is below `minimum`."""
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, not {value}.")
    return value


def between(name: str, value, last: int, first: int = 0) -> int:
    """Return `value` as an int if it is a whole number from `first` to `last`."""
    try:
        number = None if isinstance(value, bool) else index(value)
    except TypeError:
        number = None
    if number is None or not first <= number <= last:
        raise ValueError(f"{name} must be a whole number from {first} to {last}, not {value!r}.")
    return number


def table(rows, head=()) -> str:
    """Return rows of text as an HTML table; the first column names the row."""
    top = "".join(f'<th scope="col">{text}</th>' for text in head)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{value}</td>" for value in rest)}</tr>'
        for first, *rest in rows
    )
    return f"<table>{f'<thead><tr>{top}</tr></thead>' if top else ''}<tbody>{body}</tbody></table>"
