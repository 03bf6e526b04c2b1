"""Checkers of chapter 08, the output."""

from __future__ import annotations

from math import e, exp, log

import numpy as np

from lenet_utils import reference
from lenet_utils.check.verdict import checker, grade, number, randoms, tell


@checker("08_output")
def output_doubled(answer):
    """By what factor a ratio of shares grows when logits that differ by 3 are doubled."""
    before, after = exp(3), exp(6)
    tell(
        number(answer),
        after / before,
        [
            (2, "The difference of the logits doubles. What does that do to the exponential?"),
            (after, "That is the ratio after the doubling. By what factor did it grow?"),
            (3, "Shares follow the exponentials of the logits, not the logits."),
            (6, "Shares follow the exponentials of the logits, not the logits."),
            (before**0.5, "That would be half of the difference. Doubling adds the whole of it."),
            (e, "That is what a difference of 1 gives."),
            (e**2, "That is what a difference of 2 gives. How much does the difference grow?"),
            (1, "Adding a constant changes nothing; doubling does."),
            (before / after, "It grows: the larger share gets larger."),
        ],
        "The ratio of two shares is e to the difference of their logits, before and after.",
        near=0.02,
    )
    return "The ratio is squared: a scale of 2 is a temperature of one half."


@checker("08_output")
def output_lowest(answer):
    """The lowest price that a twice applied softmax allows for three classes."""
    tell(
        number(answer),
        log(e + 2) - 1,
        [
            (
                0,
                "That would be softmax applied once. The shares of the first one, between 0 and "
                "1, are taken for logits by the second.",
            ),
            (log(e + 9) - 1, "That is for ten classes. With fewer, the others take less."),
            (log(3), "That is the price of knowing nothing."),
            (log(e + 3) - 1, "One class too many: the right one is not among the others."),
            (1 - log(e + 2), "The sign: a price is minus the logarithm of a share."),
            (e / (e + 2), "That is the share. The price is minus its logarithm."),
            (
                log(e + 2),
                "That is the first half of the formula. The logit of the right class is taken off.",
            ),
            (1, "Put a 1 and two zeros in for the logits and compute."),
        ],
        "The best shares that the first softmax can give are a 1 and two zeros. Take them for "
        "logits, apply softmax, and charge the right class.",
        near=0.003,
    )
    return (
        "However good the network, the price stays above that: a loss that stands still is a hint."
    )


@checker("08_output")
def output_softmax(softmax):
    """A softmax for a batch of logits, (count, classes), that does not overflow."""
    far = np.array([[1000.0, 999.0, 990.0], [-1000.0, -1001.0, -1010.0]])
    cases = [(randoms(0, 4, 10),), (randoms(1, 1, 3),), (far,), (np.zeros((2, 5)),)]

    def naive(z):
        return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)

    grade(
        softmax,
        "logits",
        cases,
        reference.softmax,
        [
            (
                "It overflows: for logits of 1000 the exponential is infinite. Take off the "
                "largest logit of each row first.",
                naive,
            ),
            (
                "The maximum is that of the whole batch. A row far below it becomes 0 divided by "
                "0: each row needs its own.",
                lambda z: naive(z - z.max()),
            ),
            (
                "The exponentials are divided by the sum over the whole batch. Each row is an "
                "image, and its shares add up to 1.",
                lambda z: (
                    np.exp(z - z.max(axis=1, keepdims=True))
                    / np.exp(z - z.max(axis=1, keepdims=True)).sum()
                ),
            ),
            (
                "The shares add up to 1 down the columns. Each row is an image.",
                lambda z: reference.softmax(z.T).T,
            ),
            ("Those are logarithms of shares.", lambda z: np.log(reference.softmax(z))),
            (
                "Those are exponentials. They have to be divided by their sum.",
                lambda z: np.exp(z - z.max(axis=1, keepdims=True)),
            ),
            (
                "The logits are divided by their sum. Take their exponentials first.",
                lambda z: z / z.sum(axis=1, keepdims=True),
            ),
            (
                "That is 1 for the largest logit and 0 for the rest. Softmax is softer.",
                lambda z: np.eye(z.shape[1])[z.argmax(axis=1)],
            ),
        ],
    )
    return "Shares of 1 in every row, for logits of 1000 and of -1000 as well."


@checker("08_output")
def output_reject(reject):
    """A function from shares (count, classes) and a threshold to True for each rejected."""
    shares = [reference.softmax(2 * randoms(seed, 40, 10)) for seed in range(3)]
    tie = np.array([[0.5, 0.5, 0.0], [0.25, 0.75, 0.0], [0.0, 0.0, 1.0]])
    cases = [(each, threshold) for each in shares for threshold in (0.1, 0.3, 0.7)]
    cases += [(tie, 0.5), (tie, 0.0), (tie, 1.0)]

    def best(p, rank):
        return np.sort(p, axis=1)[:, -rank]

    grade(
        reject,
        "shares, threshold",
        cases,
        lambda p, t: best(p, 1) - best(p, 2) < t,
        [
            (
                "It is the wrong way round: True where an image is kept.",
                lambda p, t: best(p, 1) - best(p, 2) >= t,
            ),
            (
                "You look at the largest share alone. The rule compares the two largest.",
                lambda p, t: best(p, 1) < t,
            ),
            (
                "You compare the first two classes. The rule compares the two largest shares.",
                lambda p, t: np.abs(p[:, 0] - p[:, 1]) < t,
            ),
            (
                "Where the difference equals the threshold, the image is kept: only what is below "
                "is rejected.",
                lambda p, t: best(p, 1) - best(p, 2) <= t,
            ),
            (
                "You compare the largest share with the smallest. The rule takes the two largest.",
                lambda p, t: best(p, 1) - p.min(axis=1) < t,
            ),
            (
                "You look at the second-largest share alone. The rule compares the two largest.",
                lambda p, t: best(p, 2) < t,
            ),
            (
                "Those are the differences. Compare them with the threshold.",
                lambda p, t: best(p, 1) - best(p, 2),
            ),
        ],
    )
    return "The rule of Fig. 10, image by image."
