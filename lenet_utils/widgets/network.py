"""The elements that show the whole network: live on a digit, and as it was while it learned."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import traitlets

from lenet_utils.architecture import LENET5, size_text
from lenet_utils.experiments import read_result
from lenet_utils.widgets.element import Element, table, trait

#: The changes that can be made to the digit: least and largest value.
RANGES = {
    "right": (-8, 8),
    "down": (-8, 8),
    "scale": (0.5, 2.0),
    "turn": (-180, 180),
    "shear": (-1.0, 1.0),
    "noise": (0.0, 0.3),
}


def _checked_image(image: list) -> list[int]:
    """Return `image` if it is empty or has 28·28 whole gray levels, else raise ValueError."""
    if len(image) not in (0, 784):
        raise ValueError(f"image must be empty or have 784 gray levels, not {len(image)}.")
    for level in image:
        if isinstance(level, bool) or not isinstance(level, int) or not 0 <= level <= 255:
            raise ValueError(f"image must hold whole numbers from 0 to 255, not {level!r}.")
    return image


class LeNetLive(Element):
    """Draw a digit or choose one, change it, and see the state of every layer at once.

    `image` is a list of 28·28 gray levels, 0 to 255, row by row, as MNIST has them; an array of
    shape (28, 28) may be given, too. If it is empty, `digit` chooses an example of the page, 0
    to 9, or with -1 a blank pad. `right` and `down` are in pixels, `turn` in degrees, `scale`
    and `shear` are factors, `noise` is the share of pixels that are inverted. The page sets
    `answer` (-1 before it has run) and `probabilities`.
    """

    name = "live"
    needs_data = True
    image = trait(traitlets.List)
    digit = trait(traitlets.Int, 3)
    right = trait(traitlets.Int, 0)
    down = trait(traitlets.Int, 0)
    scale = trait(traitlets.Float, 1.0)
    turn = trait(traitlets.Int, 0)
    shear = trait(traitlets.Float, 0.0)
    noise = trait(traitlets.Float, 0.0)
    #: What the page found; it is not part of the state, as it follows from it.
    answer = traitlets.Int(-1, read_only=True).tag(sync=True)
    probabilities = traitlets.List(read_only=True).tag(sync=True)

    def __init__(self, digit: int | None = None, image=(), **changes):
        image = np.asarray(image).ravel().tolist()
        if digit is None:
            digit = -1 if image else 3
        elif image and digit >= 0:
            raise ValueError(f"digit must be left out where there is an image, not {digit}.")
        super().__init__(digit=digit, image=image, **changes)

    @traitlets.observe("digit", "image")
    def _one_or_the_other(self, change):
        if change["name"] == "digit" and self.digit >= 0:
            self.image = []
        elif change["name"] == "image" and self.image:
            self.digit = -1

    @traitlets.validate("image")
    def _gray_levels(self, proposal):
        return _checked_image(proposal["value"])

    @traitlets.validate("digit")
    def _one_of_ten(self, proposal):
        if not -1 <= proposal["value"] <= 9:
            raise ValueError(f"digit must be 0 to 9, or -1 for none, not {proposal['value']}.")
        return proposal["value"]

    @traitlets.validate(*RANGES)
    def _within(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        least, largest = RANGES[name]
        if not (math.isfinite(value) and least <= value <= largest):
            raise ValueError(f"{name} must be between {least} and {largest}, not {value}.")
        return value

    def still(self) -> str:
        does = {
            "convolution": "looks for patterns everywhere in the maps before it",
            "average pooling": "halves each map: the mean of each 2x2 square",
            "fully connected": "weighs all values of the layer before it",
        }
        rows = [
            (row.name, row.kind, size_text(row.output_shape), does[row.kind]) for row in LENET5.rows
        ]
        listed = table(rows, ("layer", "kind", "output", "what it does"))
        return (
            f"<figure>{listed}<figcaption>The layers of LeNet-5, in order. In the book, and where "
            "the cell is run, a digit can be drawn here, and the state of every layer seen."
            "</figcaption></figure>"
        )


@cache
def _recording() -> list[dict]:
    return read_result("playback")["runs"]


class TrainingPlayback(Element):
    """The course's network after each epoch of its training: kernels, maps, answers, errors.

    `epoch` is the one that is shown; 0 is the untrained network. Nothing is trained: what was
    recorded by `python -m lenet_utils.experiments playback` is shown again.
    """

    name = "playback"
    needs_data = True
    epoch = trait(traitlets.Int, 0)

    @property
    def errors(self) -> list[float]:
        """The validation error after each epoch, as a fraction."""
        return [run["error"] for run in _recording()]

    @property
    def confusion(self) -> np.ndarray:
        """How often each label (row) got each answer (column), on the validation images."""
        return np.array(_recording()[self.epoch]["confusion"])

    @traitlets.validate("epoch")
    def _recorded(self, proposal):
        last = len(_recording()) - 1
        if not 0 <= proposal["value"] <= last:
            raise ValueError(f"epoch must be between 0 and {last}, not {proposal['value']}.")
        return proposal["value"]

    def still(self) -> str:
        rows = [(epoch, f"{100 * error:.2f} %") for epoch, error in enumerate(self.errors)]
        listed = table(rows, ("epoch", "validation error"))
        return (
            f"<figure>{listed}<figcaption>The error on the validation images after each epoch of "
            "training. In the book, and where the cell is run, the kernels, maps and answers of "
            "each epoch can be seen.</figcaption></figure>"
        )
