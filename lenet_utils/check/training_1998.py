"""Checkers of chapter 15, training like 1998."""

from __future__ import annotations

import numpy as np

from lenet_utils.check.verdict import checker, grade, number, randoms, tell


@checker("15_training_1998")
def sdlm_factor(answer):
    """How many times the step of a weight of curvature 0.38 a flat one takes, mu = 0.02."""
    mu, bent = 0.02, 0.38
    tell(
        number(answer),
        (mu + bent) / mu,
        [
            (bent / mu, "That is the curvature over mu. The bent weight's step has mu in it, too."),
            (mu / (mu + bent), "The other way round: the flat weight takes the larger step."),
            (1 / mu, "That is the flat weight's step for a global rate of 1. What is the other's?"),
            (1 / (mu + bent), "That is the bent weight's step for a global rate of 1."),
            (bent, "Write both steps down with the same global rate, and divide one by the other."),
            (1, "They differ: the curvature stands in the denominator."),
        ],
        "Divide one step by the other: each is the global rate over mu plus a curvature.",
        relative=1e-6,
    )
    return "No step can be larger than the global rate over mu, however flat the loss."


@checker("15_training_1998")
def sdlm_back(back):
    """A function from weights, slopes and curvatures of a layer to those of its inputs."""
    cases = []
    for seed, (inputs, units) in enumerate([(4, 3), (1, 5), (6, 1), (3, 3)]):
        bends = np.abs(randoms(seed + 20, units))
        cases.append((randoms(seed, inputs, units), randoms(seed + 10, units), bends))
    grade(
        back,
        "weights, slopes, curved",
        cases,
        lambda w, s, b: w**2 @ (s**2 * b),
        [
            (
                "That is the recursion of the gradient: nothing is squared.",
                lambda w, s, b: w @ (s * b),
            ),
            ("The slopes are squared, the weights are not.", lambda w, s, b: w @ (s**2 * b)),
            ("The weights are squared, the slopes are not.", lambda w, s, b: w**2 @ (s * b)),
            (
                "The curvatures are squared as well. They are second derivatives already.",
                lambda w, s, b: w**2 @ (s * b) ** 2,
            ),
            (
                "The sum is squared. Each term is squared by itself, and then they are added.",
                lambda w, s, b: (w @ (s * b)) ** 2,
            ),
            ("The slopes are missing.", lambda w, s, b: w**2 @ b),
            (
                "The signs are taken off, and the factors are not squared.",
                lambda w, s, b: np.abs(w) @ (np.abs(s) * b),
            ),
        ],
    )
    return "Every factor on the way back is squared, and nothing can become negative."


@checker("15_training_1998")
def sdlm_shared(shared):
    """A function from a map and the curvatures of a 3x3 convolution to those of its kernel."""
    cases = []
    for seed, (height, width) in enumerate([(5, 5), (3, 3), (4, 7), (8, 3)]):
        bends = np.abs(randoms(seed + 10, height - 2, width - 2))
        cases.append((randoms(seed, height, width), bends))

    def by_weight(inputs, bends, combine=lambda met, bends: np.sum(bends * met**2), flip=False):
        rows, columns = bends.shape
        found = np.zeros((3, 3))
        for r in range(3):
            for c in range(3):
                found[r, c] = combine(inputs[r : r + rows, c : c + columns], bends)
        return found[::-1, ::-1] if flip else found

    grade(
        shared,
        "inputs, curved",
        cases,
        by_weight,
        [
            (
                "The inputs are not squared.",
                lambda x, b: by_weight(x, b, lambda met, bends: np.sum(bends * met)),
            ),
            (
                "The sum over the places is squared. Square each input, and then add the terms.",
                lambda x, b: by_weight(x, b, lambda met, bends: np.sum(bends * met) ** 2),
            ),
            (
                "The curvatures are squared, too. They are second derivatives already.",
                lambda x, b: by_weight(x, b, lambda met, bends: np.sum((bends * met) ** 2)),
            ),
            (
                "That is the mean over the places. A shared weight's terms are added.",
                lambda x, b: by_weight(x, b, lambda met, bends: np.mean(bends * met**2)),
            ),
            ("Rows and columns are exchanged.", lambda x, b: by_weight(x, b).T),
            ("The kernel is turned by half a circle.", lambda x, b: by_weight(x, b, flip=True)),
        ],
    )
    return "The terms of all places are added: weights that are used often bend the loss more."
