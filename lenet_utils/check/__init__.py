"""The checkers of the exercises: each takes an answer and says what is right or wrong, and why.

    from lenet_utils import check

    check.c1_color(answer)

`answer` may be anything. The `Verdict` that comes back is true if it is right, and shows as a
sentence or two, never as the solution. Chapters 01 to 05 have their checkers in `maps`, 06 to
08 in `vectors`, 09 to 12 in `network`.
"""

from lenet_utils.check import maps, network, vectors
from lenet_utils.check.verdict import CHECKERS, Verdict

globals().update(CHECKERS)

__all__ = ["CHECKERS", "Verdict", "maps", "network", "vectors", *CHECKERS]
