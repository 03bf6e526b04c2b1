"""Checkers of chapter 05, S4 and receptive fields."""

from __future__ import annotations

from lenet_utils.architecture import LENET5, Convolution, ReceptiveField
from lenet_utils.check.verdict import Wrong, checker, grade, pair, plain, tell, whole


@checker("05_s4")
def s4_threes(side, parameters):
    """The receptive field and the parameters of two 3x3 convolutions in a row."""
    layer = Convolution("A", kernel=3)
    one = layer.parameters((32, 32, 1))
    tell(
        whole(side, "The side"),
        ReceptiveField().through(3).through(3).size,
        [
            (
                6,
                "You added the two kernels. Neighboring windows overlap: the second adds its "
                "kernel less one.",
            ),
            (9, "You multiplied the two kernels. Neighboring windows overlap."),
            (
                3,
                "That is the field of the first one. A unit of the second reads three of its "
                "units.",
            ),
            (4, "One unit more on each side, not on one side."),
        ],
        "Use the rule twice, with a step of 1: a window adds its kernel less one.",
    )
    tell(
        whole(parameters, "The number of parameters"),
        2 * one,
        [
            (2 * (one - 1), "The side is right. The parameters lack the biases."),
            (one, "The side is right. Those are the parameters of one of the two."),
            (
                Convolution("B", kernel=5).parameters((32, 32, 1)),
                "The side is right. Those are the parameters of one 5x5 kernel.",
            ),
            (2 * one - 1, "The side is right. Each of the two kernels has a bias."),
        ],
        "The side is right. For the parameters count the weights of a 3x3 square and a bias, for "
        "both layers.",
    )
    return "The same field as one 5x5 kernel, for fewer parameters, and with a bend in between."


def _field(layers):
    field = ReceptiveField()
    for kernel, stride in layers:
        field = field.through(kernel, stride)
    return field.size, field.step


def _field_wrong(layers, grow, step_first=False):
    size = step = 1
    for kernel, stride in layers:
        step = step * stride if step_first else step
        size = grow(size, kernel, step)
        step = step if step_first else step * stride
    return size, step


LENET_SIDES = [LENET5[name].layer.window[:2] for name in ("C1", "S2", "C3", "S4")]


@checker("05_s4")
def s4_field(field):
    """A function from [(kernel, stride), ...] to (size, step) of the receptive field."""
    lists = [[], [(5, 1)], LENET_SIDES, [(2, 2), (2, 2)], [(3, 2), (3, 1), (3, 3)], [(4, 3)]]
    grade(
        field,
        "layers",
        [(layers,) for layers in lists],
        _field,
        [
            (
                "The step is multiplied before the size grows. A window spans units of the layer "
                "before, so the old step counts.",
                lambda ls: _field_wrong(ls, lambda size, k, step: size + (k - 1) * step, True),
            ),
            (
                "The size grows by the whole kernel. A window of k units reaches k - 1 steps "
                "further than one unit.",
                lambda ls: _field_wrong(ls, lambda size, k, step: size + k * step),
            ),
            (
                "The size grows as if all units were one pixel apart. After a stride they are not.",
                lambda ls: _field_wrong(ls, lambda size, k, step: size + k - 1),
            ),
            (
                "The sizes are multiplied. Fields overlap, so a window adds to the size.",
                lambda ls: _field_wrong(ls, lambda size, k, step: size * k),
            ),
            ("The two results are exchanged: the size comes first.", lambda ls: _field(ls)[::-1]),
            (
                "The list is read from the end. The step grows from the image on.",
                lambda ls: _field(ls[::-1]),
            ),
            (
                "The strides are added. A stride multiplies the step.",
                lambda ls: (_field(ls)[0], 1 + sum(s - 1 for _, s in ls)),
            ),
            (
                "The step is that of the last layer alone: the strides before it count, too.",
                lambda ls: (_field(ls)[0], ls[-1][1] if ls else 1),
            ),
        ],
        read=pair,
    )
    return "Right for LeNet-5, for other strides, and for no layer at all: one pixel sees itself."


@checker("05_s4")
def s4_shifts(c3, s4):
    """The shifts, from 1 to 8 pixels, that move the maps of C3 and of S4 exactly."""
    for name, answer in (("C3", c3), ("S4", s4)):
        step = LENET5[name].receptive_field.step
        values = plain(answer, f"The answer for {name}").reshape(-1)
        if values.size > 100:
            raise Wrong(f"The answer for {name} has {values.size:,} values; eight at most can be.")
        given = {whole(value, f"Each shift of {name}") for value in values}
        right = set(range(step, 9, step))
        finer = set(range(step // 2, 9, step // 2))
        if not given <= set(range(1, 9)):
            raise Wrong(f"For {name}, choose among the shifts from 1 to 8.")
        if given == finer:
            raise Wrong(
                f"For {name} these are too many: there is another stride before its units that "
                "you left out."
            )
        if given == set(range(1, 9)):
            raise Wrong(
                f"For {name} not all shifts fit: units stand every few pixels, and a shift "
                "between them makes new values."
            )
        if given < right:
            raise Wrong(f"For {name} there are more: what holds for one unit holds for two.")
        if right < given:
            raise Wrong(f"For {name} there are shifts among them that fit no move of the maps.")
        if given != right:
            raise Wrong(
                f"For {name} try each shift: move the image, and compare the new maps with the "
                "old ones, moved by one unit or two."
            )
    return "A map moves exactly when the shift is a multiple of its layer's step."


def _span(unit, layers):
    first = last = unit
    for kernel, stride in reversed(layers):
        first, last = first * stride, last * stride + kernel - 1
    return first, last


@checker("05_s4")
def s4_span(span):
    """A function from a unit and [(kernel, stride), ...] to the first and last row it sees."""
    cases = [(unit, LENET_SIDES) for unit in (0, 2, 4)]
    cases += [(27, [(5, 1)]), (3, []), (1, [(3, 2), (2, 2)]), (2, [(2, 3), (4, 1), (3, 2)])]

    def centered(unit, layers):
        size, step = _field(layers)
        return unit * step - size // 2, unit * step + size // 2

    grade(
        span,
        "unit, layers",
        cases,
        _span,
        [
            (
                "Off by one at the end: that is the row after the last one that the unit sees.",
                lambda u, ls: (_span(u, ls)[0], _span(u, ls)[1] + 1),
            ),
            (
                "The layers are taken from the image on. Follow the unit backward: the last layer "
                "comes first.",
                lambda u, ls: _span(u, ls[::-1]),
            ),
            (
                "The first row is right. The last one grows by the whole kernel in every layer; a "
                "window of k rows ends k - 1 rows below its first.",
                lambda u, ls: (_span(u, ls)[0], _end(u, ls, lambda k: k)),
            ),
            (
                "The strides make no difference in your function.",
                lambda u, ls: _span(u, [(k, 1) for k, _ in ls]),
            ),
            (
                "The field is laid around the unit. Without padding it begins at the unit's first "
                "row, not above it.",
                centered,
            ),
            (
                "Those are the first row and the size. The last row is asked for.",
                lambda u, ls: (_span(u, ls)[0], _field(ls)[0]),
            ),
            ("The two rows are exchanged.", lambda u, ls: _span(u, ls)[::-1]),
        ],
        read=pair,
    )
    return "Right for all layers that were tried, strides and even windows among them."


def _end(unit, layers, reach):
    for kernel, stride in reversed(layers):
        unit = unit * stride + reach(kernel)
    return unit
