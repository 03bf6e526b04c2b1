"""Checkers of chapter 16, more data and the methods compared."""

from __future__ import annotations

import numpy as np

from lenet_utils.check.verdict import checker, grade, tell, whole

PASSES, PATTERNS, TENTH = 20, 60_000, 10


@checker("16_more_data")
def data_shown(answer):
    """The distorted images that are shown when each pass distorts anew and keeps a tenth."""
    shown = PASSES * PATTERNS
    tell(
        whole(answer),
        shown - shown // TENTH,
        [
            (shown, "Those are all images shown. A tenth of them are originals."),
            (shown // TENTH, "Those are the originals that are shown."),
            (PATTERNS - PATTERNS // TENTH, "That is one pass."),
            (9 * PATTERNS, "That is how many the authors made before they began."),
            (10 * PATTERNS, "That is the authors' whole set, originals included."),
        ],
        "Count the images that all passes show together, and take the originals off.",
    )
    return "The authors' fixed set has half as many, and shows each of them about twice."


@checker("16_more_data")
def data_lean(lean):
    """A function from an image to how many columns its ink moves right for each row down."""
    cases = []
    for seed, (height, width, shift) in enumerate([(9, 9, 0), (12, 8, 3), (7, 11, 2), (28, 28, 5)]):
        image = np.random.default_rng(seed).random((height, width)) ** 4
        image[:shift] = 0
        image[:, : shift // 2] = 0
        cases.append((image,))

    def moments(image, center=True, binary=False):
        ink = (image > 0).astype(float) if binary else image
        ink = ink / ink.sum()
        rows, columns = np.indices(image.shape).astype(float)
        if center:
            rows, columns = rows - (ink * rows).sum(), columns - (ink * columns).sum()
        else:
            rows, columns = rows - rows.max() / 2, columns - columns.max() / 2
        pairs = ((rows, rows), (columns, columns), (rows, columns))
        return [float((ink * one * other).sum()) for one, other in pairs]

    def by(ratio, **options):
        return lambda image: ratio(*moments(image, **options))

    grade(
        lean,
        "image",
        cases,
        by(lambda down, across, mixed: mixed / down),
        [
            (
                "Your moments are about the middle of the image. They belong about the center of "
                "mass, or a digit that is out of place looks slanted.",
                by(lambda down, across, mixed: mixed / down, center=False),
            ),
            (
                "You divide by the moment across. Columns for each row: divide by the one down.",
                by(lambda down, across, mixed: mixed / across),
            ),
            (
                "The sign is turned round: positive is to the right, further down.",
                by(lambda down, across, mixed: -mixed / down),
            ),
            (
                "That is the correlation of rows and columns, which has no unit.",
                by(lambda down, across, mixed: mixed / np.sqrt(down * across)),
            ),
            (
                "Every pixel with ink counts the same in your function. Weigh it by its ink.",
                by(lambda down, across, mixed: mixed / down, binary=True),
            ),
            ("That is the mixed moment alone.", by(lambda down, across, mixed: mixed)),
        ],
    )
    return "Move every row back by that many columns for each row, and the digit stands upright."


@checker("16_more_data")
def data_vote(vote):
    """A function from distances, classes and k to the class that most of the k nearest have."""
    cases = []
    for seed, (count, k) in enumerate([(30, 3), (12, 1), (50, 5), (200, 7), (8, 8), (9, 4)]):
        random = np.random.default_rng(seed)
        cases.append((random.permutation(count) + 0.5, random.integers(0, 4, count), k))

    def most(labels):
        """Return the label that comes most often; of several, the one that comes first."""
        counts = [np.sum(labels == label) for label in labels]
        return labels[int(np.argmax(counts))]

    grade(
        vote,
        "distances, classes, k",
        cases,
        lambda d, t, k: most(t[np.argsort(d)[:k]]),
        [
            ("That is the label of the nearest image alone.", lambda d, t, k: t[np.argmin(d)]),
            ("Those are the farthest images.", lambda d, t, k: most(t[np.argsort(-d)[:k]])),
            (
                "All images vote in your function, not the nearest only.",
                lambda d, t, k: most(t[np.argsort(d)]),
            ),
            (
                "Where classes have as many votes, yours takes the smallest digit. Take the class "
                "that has the nearest image.",
                lambda d, t, k: np.bincount(t[np.argsort(d)[:k]]).argmax(),
            ),
            ("One neighbor is missing.", lambda d, t, k: most(t[np.argsort(d)[: max(k - 1, 1)]])),
            ("That is one neighbor too many.", lambda d, t, k: most(t[np.argsort(d)[: k + 1]])),
            (
                "That is the mean of the labels. Digits are names, not sizes.",
                lambda d, t, k: np.mean(t[np.argsort(d)[:k]]),
            ),
        ],
    )
    return "No training at all, and it beats every linear method of Fig. 9."
