"""Checkers of chapter 11, evaluation."""

from __future__ import annotations

from math import sqrt

import numpy as np

from lenet_utils.check.verdict import Wrong, checker, grade, number, pair, plain, tell


@checker("11_evaluate")
def evaluate_images(answer):
    """The test images that make 1.96 standard deviations of a rate of 1 % be 0.1 points."""
    p, half, q = 0.01, 0.001, 1.96
    variance = p * (1 - p)
    right = q**2 * variance / half**2
    tell(
        number(answer),
        right,
        [
            (
                variance / half**2,
                "That is for one standard deviation. A 95 % interval takes 1.96 of them on each "
                "side.",
            ),
            (q * variance / half**2, "The 1.96 has to be squared, as everything in the root."),
            (q * sqrt(variance) / half, "The root of n stands in the formula. Square both sides."),
            (q**2 * sqrt(variance) / half**2, "The root is gone from n, but not from p(1 - p)."),
            (q**2 * 0.25 / half**2, "That is for a rate of one half. An error of 1 % varies less."),
            (q**2 * variance / 0.1**2, "0.1 points are 0.1 percent: as a fraction, 0.001."),
            (q**2 * variance / (half / 2) ** 2, "0.1 points on each side, not in all."),
            (q**2 * variance / (2 * half) ** 2, "0.1 points on each side, not 0.2."),
            (10_000, "With MNIST's own test set the interval is twice that wide."),
        ],
        "Set 1.96 times the square root of p(1 - p) / n to 0.001, and solve for n.",
        relative=0.02,
    )
    return "Half the interval takes four times the images: the root of n is slow."


@checker("11_evaluate")
def evaluate_confusion(confusion):
    """A function from labels and answers to the 10x10 matrix of counts."""
    cases = []
    for seed, (count, highest) in enumerate([(200, 10), (50, 10), (30, 7), (1, 10)]):
        random = np.random.default_rng(seed)
        labels = random.integers(0, highest, count)
        answers = np.where(random.random(count) < 0.7, labels, random.integers(0, highest, count))
        cases.append((labels, answers))

    def right(labels, answers):
        counts = np.zeros((10, 10))
        np.add.at(counts, (labels, answers), 1)
        return counts

    def smaller(labels, answers):
        size = max(labels.max(), answers.max()) + 1
        return right(labels, answers)[:size, :size]

    grade(
        confusion,
        "labels, answers",
        cases,
        right,
        [
            (
                "All entries are 0 or 1: where an index comes twice, `counts[labels, answers] += "
                "1` adds once.",
                lambda t, a: right(t, a) > 0,
            ),
            (
                "Rows and columns are exchanged: true digits go down, answers across.",
                lambda t, a: right(t, a).T,
            ),
            ("The size depends on the digits that occur. Ten classes make 10x10, always.", smaller),
            (
                "The rows are divided by their sums. Counts are asked for.",
                lambda t, a: right(t, a) / np.maximum(right(t, a).sum(axis=1, keepdims=True), 1),
            ),
            (
                "All entries are divided by the number of images. Counts are asked for.",
                lambda t, a: right(t, a) / len(t),
            ),
            (
                "The right answers are left out. They belong on the diagonal.",
                lambda t, a: right(t, a) * (1 - np.eye(10)),
            ),
            ("Only the right answers are counted.", lambda t, a: right(t, a) * np.eye(10)),
        ],
    )
    return "Every image counts once, in the row of its digit and the column of its answer."


@checker("11_evaluate")
def evaluate_disagree(disagree):
    """A function from two networks' answers and the labels to the errors of each alone."""
    cases = []
    for seed in range(4):
        random = np.random.default_rng(seed)
        labels = random.integers(0, 10, 300)
        answers = [
            np.where(
                random.random(300) < share, labels, (labels + random.integers(1, 10, 300)) % 10
            )
            for share in (0.8, 0.6)
        ]
        cases.append((*answers, labels))

    def alone(one, other, labels):
        return int(np.sum((one != labels) & (other == labels)))

    grade(
        disagree,
        "first, second, labels",
        cases,
        lambda a, b, t: (alone(a, b, t), alone(b, a, t)),
        [
            (
                "Those are all errors of each. Images that both get wrong do not count here.",
                lambda a, b, t: (np.sum(a != t), np.sum(b != t)),
            ),
            (
                "The two counts are exchanged: first those that only the first network gets wrong.",
                lambda a, b, t: (alone(b, a, t), alone(a, b, t)),
            ),
            (
                "You count where the answers differ, whether right or wrong.",
                lambda a, b, t: (np.sum(a != b), np.sum(a != b)),
            ),
            (
                "You count images that one gets wrong and the other answers otherwise. The other "
                "must be right.",
                lambda a, b, t: (np.sum((a != t) & (a != b)), np.sum((b != t) & (a != b))),
            ),
            (
                "Those are fractions. Counts are asked for.",
                lambda a, b, t: (alone(a, b, t) / len(t), alone(b, a, t) / len(t)),
            ),
        ],
        read=pair,
    )
    return "Only these images say which network is better; the others say the same of both."


@checker("11_evaluate")
def evaluate_groups(groups):
    """A function from (sure, right, edges) to one row (count, says, is right) for each group."""
    edges = [0.5, 0.7, 0.9, 0.99]
    cases = []
    for seed, (low, count) in enumerate([(0.2, 500), (0.75, 60), (0.999, 5)]):
        random = np.random.default_rng(seed)
        sure = random.uniform(low, 1, count)
        cases.append((sure, random.random(count) < sure, edges))

    def by_group(sure, right, edges, value=lambda right: np.mean(right), keep_empty=False):
        place = np.digitize(sure, edges)
        rows = []
        for group in range(len(edges) + 1) if keep_empty else np.unique(place):
            inside = place == group
            rows.append((inside.sum(), np.mean(sure[inside]), value(right[inside])))
        return rows

    def read(result, what):
        values = plain(result, what)
        if values.ndim != 2 or values.shape[1] != 3:
            raise Wrong(
                f"{what} must be rows of three: count, mean of `sure`, share that is right."
            )
        return values

    grade(
        groups,
        "sure, right, edges",
        cases,
        by_group,
        [
            (
                "The third column is the share that is wrong.",
                lambda s, r, e: by_group(s, r, e, lambda right: 1 - np.mean(right)),
            ),
            (
                "The third column counts the right ones. Divide by the size of the group.",
                lambda s, r, e: by_group(s, r, e, np.sum),
            ),
            (
                "Groups without an image are in the result, with no mean to state. Leave them out.",
                lambda s, r, e: by_group(s, r, e, keep_empty=True),
            ),
            (
                "The last two columns are exchanged: first what it says, then what is right.",
                lambda s, r, e: [(n, y, x) for n, x, y in by_group(s, r, e)],
            ),
            (
                "The groups come from the highest down. Begin with the least sure.",
                lambda s, r, e: by_group(s, r, e)[::-1],
            ),
            (
                "The images beyond the last edge are missing.",
                lambda s, r, e: [row for row in by_group(s, r, e) if row[1] < e[-1]],
            ),
            (
                "The images below the first edge are missing.",
                lambda s, r, e: [row for row in by_group(s, r, e) if row[1] >= e[0]],
            ),
        ],
        read=read,
    )
    return "Now use it on the test images: are the two columns close, and where are they not?"
