"""The checkers of the exercises: each takes an answer and says what is right or wrong, and why.

    from lenet_utils import check

    check.c1_color(answer)

`answer` may be anything. The `Verdict` that comes back is true if it is right, and shows as a
sentence or two, never as the solution. Each chapter has a module of its own here.
"""

from importlib import import_module

from lenet_utils.check.verdict import CHECKERS, Verdict

CHAPTERS = (
    "input",
    "c1",
    "s2",
    "c3",
    "s4",
    "c5",
    "f6",
    "output",
    "assemble",
    "train",
    "evaluate",
    "look_inside",
    "original",
    "losses",
    "training_1998",
    "more_data",
    "the_82",
    "robustness",
    "capstone",
)
for _chapter in CHAPTERS:
    import_module(f"lenet_utils.check.{_chapter}")

globals().update(CHECKERS)  # check.c1_color and all the others

__all__ = ["CHAPTERS", "CHECKERS", "Verdict", *CHECKERS]
