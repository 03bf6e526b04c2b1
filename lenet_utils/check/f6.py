"""Checkers of chapter 07, F6."""

from __future__ import annotations

import numpy as np

from lenet_utils import paper
from lenet_utils.architecture import LENET5, FullyConnected
from lenet_utils.check.verdict import (
    Wrong,
    checker,
    grade,
    plain,
    randoms,
    tell,
    whole,
)


@checker("07_f6")
def f6_hundred(answer):
    """How many more parameters the network has if F6 has 100 units."""
    larger = LENET5.replace(FullyConnected("F6", units=100))
    more = 100 - LENET5["F6"].layer.units
    inputs, outputs = 120, LENET5["Output"].layer.units
    f6 = larger["F6"].parameters - LENET5["F6"].parameters
    right = larger.parameters - LENET5.parameters
    tell(
        whole(answer),
        right,
        [
            (f6, "That is F6 alone. Another layer has F6 for its input."),
            (
                more * inputs,
                "Those are the new weights of F6. Its new units have biases, and another layer "
                "reads them.",
            ),
            (
                more * inputs + more * outputs,
                "The new weights of both layers are there; the biases of the new units are "
                "missing.",
            ),
            (
                f6 + more * outputs + outputs,
                "The output has as many biases as before: one for each class.",
            ),
            (larger.parameters, "That is the whole network. How many more than before?"),
            (larger["F6"].parameters, "That is all of F6. How many more than before?"),
            (
                larger["F6"].parameters + larger["Output"].parameters,
                "Those are two whole layers. How many more than before?",
            ),
            (-right, "The sign: larger less smaller."),
        ],
        "Each new unit has a weight for each value of C5, a bias, and is read by each output.",
    )
    return "A unit costs what goes into it, its bias, and what every unit after it makes of it."


@checker("07_f6")
def f6_slope(slope):
    """The slope of tanh from a unit's state."""
    states = [np.array([0.0, 0.5, -0.5, 0.95, -0.999]), np.tanh(randoms(0, 3, 4)), np.zeros(2)]
    grade(
        slope,
        "state",
        [(state,) for state in states],
        lambda state: 1 - state**2,
        [
            (
                "tanh is applied a second time: a state has been through it already.",
                lambda y: 1 - np.tanh(y) ** 2,
            ),
            ("The state is not squared.", lambda y: 1 - y),
            ("The state is not squared: its size is not its square.", lambda y: 1 - np.abs(y)),
            (
                "The square is taken of the difference. It belongs to the state alone.",
                lambda y: (1 - y) ** 2,
            ),
            (
                "The sign is wrong: tanh rises everywhere, so its slope is never negative.",
                lambda y: y**2 - 1,
            ),
            (
                "That is the slope of the logistic function, s(1 - s), not of tanh.",
                lambda y: y * (1 - y),
            ),
            (
                "You undo tanh first and then take the slope of something else.",
                lambda y: 1 - np.arctanh(y) ** 2,
            ),
        ],
    )
    return "From the state alone, whatever the sum was."


@checker("07_f6")
def f6_nearest(answer):
    """For each digit, the other printable character with the nearest code."""
    if not isinstance(answer, dict):
        plain(answer)
        raise Wrong('Give a dictionary: {"0": character, "1": character, ...}.')
    codes = {chr(i): np.array(paper.code(chr(i))) for i in range(33, 127)}
    for digit in "0123456789":
        given = answer.get(digit, answer.get(int(digit)))
        if given is None:
            raise Wrong(f"There is no entry for the digit {digit}.")
        if not (isinstance(given, str) and given in codes):
            raise Wrong(
                f"The entry for {digit} must be one printable character other than a space."
            )
        if given == digit:
            raise Wrong(f"Every code is nearest to itself. Leave {digit} out of its own choices.")
        away = {c: int(np.sum(codes[digit] != code)) for c, code in codes.items() if c != digit}
        if away[given] == min(away.values()):
            continue
        digits = [away[c] for c in "0123456789" if c != digit]
        if given.isdigit() and away[given] == min(digits):
            raise Wrong(f"{given} is the nearest digit to {digit}. A letter or a sign is nearer.")
        if away[given] == max(away.values()):
            raise Wrong(f"{given!r} is the furthest from {digit}. Take the smallest difference.")
        raise Wrong(
            f"{given!r} differs from {digit} in {away[given]} pixels, and another character in "
            "fewer."
        )
    return "Look-alikes have near codes; the digits without one are far from everything."


def _kernel_and_bias(result, what):
    """Return a (kernel, bias) pair as one vector, its sizes in front."""
    if not isinstance(result, list | tuple) or len(result) != 2:
        raise Wrong(f"{what} must be a pair, (kernel, bias).")
    kernel, bias = plain(result[0], "The kernel"), plain(result[1], "The bias")
    if kernel.ndim != 2 or bias.ndim != 1:
        raise Wrong(
            f"The kernel has shape {kernel.shape} and the bias {bias.shape}. A dense layer has a "
            "kernel (inputs, units) and a bias (units,)."
        )
    if max(kernel.size, bias.size) > 10**6:
        raise Wrong(f"The kernel has {kernel.size:,} values, far too many.")
    return _as_vector(kernel, bias)


def _as_vector(kernel, bias):
    return np.concatenate([kernel.shape, bias.shape, np.ravel(kernel), np.ravel(bias)])


@checker("07_f6")
def f6_fold(fold):
    """Two linear layers as one: (kernel1, bias1, kernel2, bias2) to (kernel, bias)."""
    cases = []
    for seed, (m, n, o) in enumerate([(3, 4, 2), (5, 5, 5), (120, 84, 10)]):
        cases.append(
            (
                randoms(seed, m, n),
                randoms(seed + 5, n),
                randoms(seed + 10, n, o),
                randoms(seed + 15, o),
            )
        )

    def right(k1, b1, k2, b2):
        return _as_vector(k1 @ k2, b1 @ k2 + b2)

    grade(
        fold,
        "kernel1, bias1, kernel2, bias2",
        cases,
        right,
        [
            (
                "The first bias is forgotten. It goes through the second layer, too.",
                lambda k1, b1, k2, b2: _as_vector(k1 @ k2, b2),
            ),
            ("The second bias is forgotten.", lambda k1, b1, k2, b2: _as_vector(k1 @ k2, b1 @ k2)),
            ("Both biases are forgotten.", lambda k1, b1, k2, b2: _as_vector(k1 @ k2, 0 * b2)),
            (
                "The kernel is transposed: inputs go down, units across.",
                lambda k1, b1, k2, b2: _as_vector((k1 @ k2).T, b1 @ k2 + b2),
            ),
            (
                "The result goes through tanh. Two linear layers have no bend.",
                lambda k1, b1, k2, b2: _as_vector(np.tanh(k1 @ k2), np.tanh(b1 @ k2 + b2)),
            ),
        ],
        read=_kernel_and_bias,
    )
    return "One matrix does what the two do, whatever goes in."
