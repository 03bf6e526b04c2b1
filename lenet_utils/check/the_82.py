"""Checkers of chapter 17, the errors of two networks compared."""

from __future__ import annotations

import numpy as np

from lenet_utils.check.verdict import checker, grade, number, pair, tell


@checker("17_the_82")
def the_82_expected(answer):
    """The errors that 120 and 90 random ones among 10,000 images share on average."""
    ours, theirs, images = 120, 90, 10_000
    tell(
        number(answer),
        ours * theirs / images,
        [
            (theirs, "That is the most they can share. Chance is far from it."),
            (
                ours * theirs / images**2,
                "That is the chance of one image to be in both lists. There are many images.",
            ),
            (ours * theirs, "Those are the pairs of one error of each. Most are different images."),
            (ours / images, "That is the share of errors of the first alone."),
            (theirs / images, "That is the share of errors of the second alone."),
            (
                (ours + theirs) / images,
                "The two rates are added: that is about the chance of being wrong in either.",
            ),
            (ours / theirs, "How many errors one has for each of the other does not matter here."),
        ],
        "Each error of the first network hits an error of the second with the same small "
        "probability. What is it, and how many tries are there?",
        near=0.005,
    )
    return "Each error of the one hits a listed image by chance as often as any other image."


@checker("17_the_82")
def the_82_shared(shared):
    """A function from two lists of [index, answer] to (shared images, of these the same answer)."""
    cases = []
    for seed, (many, count) in enumerate([(40, 20), (60, 25), (30, 0), (25, 25)]):
        random = np.random.default_rng(seed)
        lists = []
        for _ in range(2):
            places = random.permutation(many)[:count]
            lists.append([[int(i), int(random.integers(3))] for i in places])
        cases.append(tuple(lists))

    def count(ours, theirs):
        ours, theirs = dict(map(tuple, ours)), dict(map(tuple, theirs))
        both = ours.keys() & theirs.keys()
        return len(both), sum(ours[i] == theirs[i] for i in both)

    def pairs(ours, theirs):
        return len({tuple(e) for e in ours} & {tuple(e) for e in theirs})

    grade(
        shared,
        "ours, theirs",
        cases,
        count,
        [
            (
                "Only errors with the same answer are counted as shared. Compare the indices "
                "first.",
                lambda a, b: (pairs(a, b), pairs(a, b)),
            ),
            ("The two counts are exchanged.", lambda a, b: count(a, b)[::-1]),
            (
                "The second count holds the shared images with different answers.",
                lambda a, b: (count(a, b)[0], count(a, b)[0] - count(a, b)[1]),
            ),
            (
                "The first count holds all images that either got wrong.",
                lambda a, b: (len({i for i, _ in [*a, *b]}), count(a, b)[1]),
            ),
            (
                "The lists are compared place by place. An image stands at another place in each.",
                lambda a, b: (
                    sum(x[0] == y[0] for x, y in zip(a, b, strict=False)),
                    sum(x == y for x, y in zip(a, b, strict=False)),
                ),
            ),
            (
                "Every equal answer counts, whatever the image.",
                lambda a, b: (count(a, b)[0], sum(x[1] == y[1] for x in a for y in b)),
            ),
        ],
        read=pair,
    )
    return "An image is shared by its index; what was answered is a second question."


@checker("17_the_82")
def the_82_vote(vote):
    """A function from answers (networks, images) to what most networks answer for each image."""
    cases = []
    for seed, (networks, images, classes) in enumerate(
        [(5, 40, 10), (4, 60, 4), (7, 5, 3), (1, 6, 10)]
    ):
        random = np.random.default_rng(seed)
        cases.append((random.integers(0, classes, (networks, images)),))

    def counted(answers):
        return np.array([np.bincount(column, minlength=10) for column in answers.T])

    def most(answers):
        return counted(answers).argmax(axis=1)

    grade(
        vote,
        "answers",
        cases,
        most,
        [
            (
                "On a tie the largest digit is taken. The smallest is asked for.",
                lambda a: 9 - counted(a)[:, ::-1].argmax(axis=1),
            ),
            (
                "You take a mean of the digits. A 3 and a 5 do not make a 4.",
                lambda a: np.rint(a.mean(axis=0)),
            ),
            (
                "You take a mean of the digits. A 3 and a 5 do not make a 4.",
                lambda a: a.mean(axis=0),
            ),
            (
                "You take the digit in the middle. Digits have an order as numbers, and none as "
                "classes.",
                lambda a: np.median(a, axis=0),
            ),
            (
                "You count along the wrong axis: that is what each network says most often.",
                lambda a: most(a.T),
            ),
            ("That is what the first network says.", lambda a: a[0]),
            (
                "Those are the numbers of votes. The digit that has them is asked for.",
                lambda a: counted(a).max(axis=1),
            ),
        ],
    )
    return "Now let all networks of this chapter vote. How many errors are left?"
