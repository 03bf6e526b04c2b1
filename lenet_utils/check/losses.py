"""Checkers of chapter 14, the losses of 1998."""

from __future__ import annotations

from math import exp, log

import numpy as np

from lenet_utils import reference
from lenet_utils.check.verdict import checker, grade, number, randoms, tell


@checker("14_losses")
def losses_three(answer):
    """The MAP loss for penalties of 2 (right) and 3, the others far away, and j = 1."""
    rubbish, right, wrong = exp(-1), exp(-2), exp(-3)
    tell(
        number(answer),
        2 + log(rubbish + right + wrong),
        [
            (2 + log(right + wrong), "Rubbish is forgotten: it takes its share, too."),
            (log(rubbish + right + wrong), "The penalty of the right class itself is missing."),
            (2 + log(rubbish + wrong), "The sum goes over all classes, the right one too."),
            (2 + log(rubbish + right), "The other class at 3 is near enough to count."),
            (2 - log(rubbish + right + wrong), "The logarithm is added, not taken off."),
            (2.0, "That is the MSE. It does not see the others."),
            (
                right / (rubbish + right + wrong),
                "That is the probability of the right class. The loss is minus its logarithm.",
            ),
            (3 + log(rubbish + right + wrong), "That would be right if the other were the class."),
            (
                2 + log(1 + right + wrong),
                "Rubbish has a penalty of 1. What does the exponential make of that?",
            ),
        ],
        "Add three exponentials, of minus the penalties and minus j, take the logarithm, and add "
        "the penalty of the right class.",
        near=0.006,
    )
    return "Rubbish bids least and takes two thirds; the right class has to make do with a quarter."


@checker("14_losses")
def losses_accuracy(accuracy):
    """The fraction of images whose smallest penalty is that of the right class."""
    cases = []
    for seed, (count, classes) in enumerate([(40, 10), (10, 10), (7, 3), (200, 10)]):
        random = np.random.default_rng(seed)
        penalties, labels = (
            random.uniform(50, 200, (count, classes)),
            random.integers(classes, size=count),
        )
        known = random.random(count) < 0.7
        penalties[known, labels[known]] = 3.0
        cases.append((penalties, labels))

    grade(
        accuracy,
        "penalties, labels",
        cases,
        lambda p, k: np.mean(p.argmin(axis=1) == k),
        [
            (
                "The largest penalty is taken for the answer. It is what the image is least like.",
                lambda p, k: np.mean(p.argmax(axis=1) == k),
            ),
            (
                "That is the fraction of errors. What is recognized is asked for.",
                lambda p, k: np.mean(p.argmin(axis=1) != k),
            ),
            (
                "That counts what is recognized. A fraction of all is asked for.",
                lambda p, k: np.sum(p.argmin(axis=1) == k),
            ),
            (
                "That is a percentage. Give it as a fraction.",
                lambda p, k: 100 * np.mean(p.argmin(axis=1) == k),
            ),
            (
                "Those are answers, one for each image. How many of them are right?",
                lambda p, k: p.argmin(axis=1),
            ),
            (
                "Those say for each image whether it is right. What fraction is?",
                lambda p, k: p.argmin(axis=1) == k,
            ),
        ],
    )
    return "The smallest of each row wins, and an image is a row."


@checker("14_losses")
def losses_map(map_batch):
    """The mean MAP loss of a batch, which stays finite for penalties of any size."""
    small, mixed = 4 * np.abs(randoms(0, 6, 10)), 3 * randoms(1, 5, 4) ** 2
    far = 5_000 + 100 * np.abs(randoms(2, 3, 10))
    cases = [
        (small, np.array([0, 1, 2, 3, 9, 9]), 1.0),
        (mixed, np.array([3, 0, 1, 1, 2]), 10.0),
        (mixed, np.array([3, 0, 1, 1, 2]), 0.1),
        (far, np.array([0, 5, 9]), 4_000.0),
        (far, np.array([0, 5, 9]), 2.0),
    ]

    def naive(penalties, labels, j):
        right = penalties[np.arange(len(labels)), labels]
        return np.mean(right + np.log(np.exp(-j) + np.exp(-penalties).sum(axis=1)))

    def without(penalties, labels, j):
        return reference.map_loss(penalties, labels, 1e9)

    grade(
        map_batch,
        "penalties, labels, j",
        cases,
        reference.map_loss,
        [
            (
                "Right for small penalties. For large ones the exponentials are all rounded to "
                "zero: take the smallest of each row out first, j among them.",
                naive,
            ),
            ("Rubbish is forgotten: j must be in the sum.", without),
            (
                "The losses are added up. Their mean is asked for.",
                lambda p, k, j: len(k) * reference.map_loss(p, k, j),
            ),
            (
                "The right penalty is missing in front of the logarithm.",
                lambda p, k, j: reference.map_loss(p, k, j) - reference.mse_loss(p, k),
            ),
            (
                "What was taken out of the sum has to be added again, with its sign.",
                lambda p, k, j: reference.map_loss(p, k, j) + np.mean(np.minimum(p.min(axis=1), j)),
            ),
            (
                "The logarithm is added, not taken off.",
                lambda p, k, j: 2 * reference.mse_loss(p, k) - reference.map_loss(p, k, j),
            ),
        ],
    )
    return "It stays finite, since one of the exponentials is always 1."
