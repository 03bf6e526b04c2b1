"""Two steppers: a convolution and a pooling, one unit at a time, with all of their numbers."""

from __future__ import annotations

import math
from numbers import Real

import numpy as np
import traitlets

from lenet_utils import mnist, reference
from lenet_utils.architecture import LENET5
from lenet_utils.models import trained_weights
from lenet_utils.widgets.element import Element, between, table, trait

C1, S2 = LENET5["C1"], LENET5["S2"]
SIDE, KERNELS, WINDOW = C1.output_shape[0], C1.output_shape[-1], C1.layer.kernel
POOLED, SQUARE = S2.output_shape[0], S2.layer.size
KERNEL_NAMES = (*map(str, range(KERNELS)), "own")
LARGEST = 5  # of a weight of the reader's own
FARTHEST = 4  # pixels that a digit can be shifted
#: A kernel to begin with: large where there is ink on the right and none on the left.
EDGE = [(column - WINDOW // 2) / 10 for _ in range(WINDOW) for column in range(WINDOW)]


def _weight(name: str, value) -> float:
    """Return `value` as a float if it is one that the page's fields can hold."""
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise ValueError(f"{name} must be a number, not {value!r}.")
    if abs(value) > LARGEST:
        raise ValueError(f"{name} must be from -{LARGEST} to {LARGEST}, not {value}.")
    return float(value)


def _number(value: float) -> str:
    """Write a number with three decimals and a true minus sign, as the page does."""
    return f"{value:z.3f}".replace("-", "−")


class ConvolutionStepper(Element):
    """One unit of C1 at a time: 25 pixels, 25 weights, their products, the sum, the output.

    `digit` is the example digit, `row` and `column`, 0 to 27, say which unit. `kernel` is one
    of C1's trained kernels, "0" to "5", or "own": then `weights`, 25 numbers from -5 to 5, row
    by row (an array of shape (5, 5) may be given, too), and `bias` are at work. Weights or a
    bias alone mean "own". A wrong value raises ValueError.
    """

    name = "convolution"
    needs_data = True
    digit = trait(traitlets.Any, 3)
    row = trait(traitlets.Any, 14)
    column = trait(traitlets.Any, 14)
    kernel = trait(traitlets.Any, "0")
    weights = trait(traitlets.Any)
    bias = trait(traitlets.Any, 0.0)

    def __init__(self, digit=3, row=14, column=14, kernel=None, weights=None, bias=None):
        if kernel is None:
            kernel = "0" if weights is None and bias is None else "own"
        super().__init__(
            digit=digit,
            row=row,
            column=column,
            kernel=kernel,
            weights=EDGE if weights is None else weights,
            bias=0.0 if bias is None else bias,
        )

    @traitlets.validate("digit")
    def _known(self, proposal):
        return between("digit", proposal["value"], 9)

    @traitlets.validate("row", "column")
    def _inside(self, proposal):
        return between(proposal["trait"].name, proposal["value"], SIDE - 1)

    @traitlets.validate("kernel")
    def _named(self, proposal):
        name = str(proposal["value"])
        if name not in KERNEL_NAMES:
            raise ValueError(
                f"kernel must be one of {', '.join(KERNEL_NAMES)}, not {proposal['value']!r}."
            )
        return name

    @traitlets.validate("weights")
    def _numbers(self, proposal):
        weights = proposal["value"]
        if isinstance(weights, np.ndarray):
            weights = weights.ravel().tolist()
        if not isinstance(weights, list | tuple) or len(weights) != WINDOW**2:
            raise ValueError(f"weights must be a list of {WINDOW**2} numbers, not {weights!r}.")
        return [_weight("each of the weights", weight) for weight in weights]

    @traitlets.validate("bias")
    def _number(self, proposal):
        return _weight("bias", proposal["value"])

    @property
    def parameters(self) -> tuple[np.ndarray, np.ndarray]:
        """The kernel, (5, 5, 1, 1), and the bias, (1,), that are at work."""
        if self.kernel == "own":
            return np.reshape(self.weights, (WINDOW, WINDOW, 1, 1)), np.array([self.bias])
        kernel, bias = trained_weights()["C1"]
        number = int(self.kernel)
        return kernel[..., number : number + 1], bias[number : number + 1]

    @property
    def window(self) -> np.ndarray:
        """The 25 pixels that the unit sees, (5, 5), as network input."""
        image = mnist.to_input(mnist.digit(self.digit))[0, ..., 0]
        return image[self.row : self.row + WINDOW, self.column : self.column + WINDOW]

    @property
    def products(self) -> np.ndarray:
        """Each pixel times its weight, (5, 5)."""
        return self.window * self.parameters[0][..., 0, 0]

    @property
    def total(self) -> float:
        """The sum of the products, plus the bias."""
        return float(self.products.sum() + self.parameters[1][0])

    @property
    def output(self) -> float:
        """The unit's value: tanh of the total."""
        return math.tanh(self.total)

    @property
    def feature_map(self) -> np.ndarray:
        """The values of all units, (28, 28)."""
        image = mnist.to_input(mnist.digit(self.digit))[0]
        return np.tanh(reference.convolve(image, *self.parameters))[..., 0]

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(digit={self.digit}, row={self.row}, column={self.column}, "
            f"kernel={self.kernel!r})"
        )

    def still(self) -> str:
        rows = [
            ("Sum of the 25 products", _number(self.products.sum())),
            ("Bias", _number(self.parameters[1][0])),
            ("Total", _number(self.total)),
            ("Output, tanh of the total", _number(self.output)),
        ]
        kernel = "a kernel of one's own" if self.kernel == "own" else f"kernel {self.kernel}"
        return (
            f"<figure>{table(rows)}<figcaption>The unit in row {self.row}, column {self.column} "
            f"of C1 for a {self.digit}, with {kernel}. In the book, and where the cell is run, "
            "the window can be moved and the kernel changed.</figcaption></figure>"
        )


class PoolingStepper(Element):
    """One unit of S2 at a time: four values of C1 become one; and what a shift changes.

    `digit` is the example digit, `map`, 0 to 5, the map; `row` and `column`, 0 to 13, say which
    unit; `mode` is "average", as in the course's S2, or "maximum". `shift` moves the digit by
    -4 to 4 pixels to the right; background moves in. A wrong value raises ValueError.
    """

    name = "pooling"
    needs_data = True
    digit = trait(traitlets.Any, 3)
    map = trait(traitlets.Any, 0)
    row = trait(traitlets.Any, 7)
    column = trait(traitlets.Any, 7)
    mode = trait(traitlets.Any, "average")
    shift = trait(traitlets.Any, 0)

    def __init__(self, digit=3, map=0, row=7, column=7, mode="average", shift=0):
        super().__init__(digit=digit, map=map, row=row, column=column, mode=mode, shift=shift)

    @traitlets.validate("digit", "map", "row", "column")
    def _inside(self, proposal):
        name = proposal["trait"].name
        last = {"digit": 9, "map": KERNELS - 1}.get(name, POOLED - 1)
        return between(name, proposal["value"], last)

    @traitlets.validate("shift")
    def _near(self, proposal):
        return between("shift", proposal["value"], FARTHEST, -FARTHEST)

    @traitlets.validate("mode")
    def _named(self, proposal):
        if proposal["value"] not in ("average", "maximum"):
            raise ValueError(f"mode must be average or maximum, not {proposal['value']!r}.")
        return proposal["value"]

    def states(self, shift: int | None = None) -> dict[str, np.ndarray]:
        """Return the input, C1 and S2 for the digit, shifted as `shift` says or as it is now."""
        right = self.shift if shift is None else between("shift", shift, FARTHEST, -FARTHEST)
        image = mnist.to_input(mnist.digit(self.digit))[0]
        background = np.repeat(image[:, :1], FARTHEST, axis=1)
        wide = np.concatenate([background, image, background], axis=1)
        moved = wide[:, FARTHEST - right : FARTHEST - right + image.shape[1]]
        maps = np.tanh(reference.convolve(moved, *trained_weights()["C1"]))
        if self.mode == "average":
            pooled = reference.average_pool(maps, SQUARE)
        else:
            squares = maps.reshape(POOLED, SQUARE, POOLED, SQUARE, KERNELS)
            pooled = squares.max(axis=(1, 3))
        return {"Input": moved, "C1": maps, "S2": pooled}

    @property
    def values(self) -> np.ndarray:
        """The four values of C1 that the unit sees, (2, 2)."""
        top, left = self.row * SQUARE, self.column * SQUARE
        return self.states()["C1"][top : top + SQUARE, left : left + SQUARE, self.map]

    @property
    def output(self) -> float:
        """The unit's value: the mean or the maximum of the four."""
        return float(self.states()["S2"][self.row, self.column, self.map])

    def changes(self, shift: int | None = None) -> dict[str, float]:
        """Return the relative change of C1 and of S2: norm of the difference over the norm."""
        old, new = self.states(0), self.states(shift)
        return {
            name: float(np.linalg.norm(new[name] - old[name]) / np.linalg.norm(old[name]))
            for name in ("C1", "S2")
        }

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(digit={self.digit}, map={self.map}, row={self.row}, "
            f"column={self.column}, mode={self.mode!r}, shift={self.shift})"
        )

    def still(self) -> str:
        found = {shift: self.changes(shift) for shift in range(FARTHEST + 1)}
        rows = [
            (shift, _number(change["C1"]), _number(change["S2"])) for shift, change in found.items()
        ]
        return (
            f"<figure>{table(rows, ('shift in pixels', 'change of C1', 'change of S2'))}"
            f"<figcaption>How much the maps of a {self.digit} change when it moves to the right, "
            f"before and after pooling ({self.mode}), relative to their norm. In the book, and "
            "where the cell is run, each window of four can be looked into.</figcaption></figure>"
        )
