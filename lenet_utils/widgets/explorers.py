"""Two explorers: the table of connections of C3, and the receptive field of any unit."""

from __future__ import annotations

import base64
from dataclasses import replace
from operator import index

import traitlets

from lenet_utils import mnist
from lenet_utils.architecture import LENET5, TABLE_I, Convolution, Shape, size_text
from lenet_utils.widgets.element import Element, between, trait

C3 = LENET5["C3"]
INPUTS, MAPS = C3.input_shape[-1], C3.output_shape[-1]
PRESETS = {
    "dense": [list(range(INPUTS)) for _ in range(MAPS)],
    "1998": [list(channels) for channels in TABLE_I],
}


def _whole(name: str, value) -> int:
    """Return `value` as an int if it is a whole number, else raise ValueError."""
    try:
        if not isinstance(value, bool):
            return index(value)
    except TypeError:
        pass
    raise ValueError(f"{name} must be a whole number, not {value!r}.")


def _channels(number: int, channels) -> list[int]:
    """Return a row of the table, in order, or raise ValueError."""
    if not isinstance(channels, (list, tuple)):
        raise ValueError(f"table row {number} must be a list of channels, not {channels!r}.")
    row = sorted(between(f"each channel in table row {number}", c, INPUTS - 1) for c in channels)
    if len(set(row)) != len(row):
        raise ValueError(f"table row {number} must name each channel once, not {row}.")
    return row


class ConnectionTable(Element):
    """Which of the 6 maps of S2 feed which of the 16 maps of C3 (Table I).

    `table` has a row for each map of C3, the S2 maps that feed it; `preset` is "1998", which
    is Table I, or "dense", and gives the table unless `table` is given. A row may be empty
    while a reader tries things out, but then `layer`, which is C3 with this table, raises
    ValueError: every map needs at least one. A table of the wrong length, a channel that S2
    does not have and a channel named twice raise ValueError at once.
    """

    name = "connections"
    table = trait(traitlets.Any)
    sizes = trait(traitlets.Dict)
    presets = trait(traitlets.Dict)

    def __init__(self, preset: str = "1998", table=None):
        if preset not in PRESETS:
            raise ValueError(f"preset must be one of {', '.join(PRESETS)}, not {preset!r}.")
        sizes = {
            "inputs": INPUTS,
            "maps": MAPS,
            "kernel": C3.layer.kernel,
            "side": C3.output_shape[0],
        }
        chosen = PRESETS[preset] if table is None else table
        super().__init__(table=chosen, sizes=sizes, presets=PRESETS)

    @traitlets.validate("table")
    def _rows(self, proposal):
        rows = proposal["value"]
        if not isinstance(rows, (list, tuple)):
            raise ValueError(f"table must be a list of {MAPS} lists of channels, not {rows!r}.")
        if len(rows) != MAPS:
            raise ValueError(
                f"table must have one row for each of the {MAPS} maps of C3, not {len(rows)}."
            )
        return [_channels(number, channels) for number, channels in enumerate(rows)]

    @property
    def links(self) -> int:
        """How many pairs of an S2 map and a C3 map are connected."""
        return sum(map(len, self.table))

    @property
    def layer(self) -> Convolution:
        """C3 with this table; ValueError if a map is fed by none."""
        return replace(C3.layer, table=tuple(map(tuple, self.table)))

    @property
    def input_shape(self) -> Shape:
        """The shape of S2, which C3 has as its input."""
        return C3.input_shape

    def __repr__(self) -> str:
        names = [name for name, table in PRESETS.items() if table == self.table]
        kind = f"preset={names[0]!r}, " if names else ""
        return f"{type(self).__name__}({kind}links={self.links})"

    def still(self) -> str:
        head = "".join(f'<th scope="col">C3 {number}</th>' for number in range(MAPS))
        body = "".join(
            f'<tr><th scope="row">S2 {channel}</th>'
            + "".join(f"<td>{'X' if channel in row else ''}</td>" for row in self.table)
            + "</tr>"
            for channel in range(INPUTS)
        )
        return (
            f"<figure><table><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"<figcaption>Which maps of S2 feed which maps of C3: {self.links} of "
            f"{INPUTS * MAPS} links. In the book, and where the cell is run, each link can be "
            "made and cut.</figcaption></figure>"
        )


def _geometry() -> list[list]:
    """Return name, kernel, stride, padding, side and channels of the input and every layer.

    A vector is maps of one unit, and a fully connected layer a kernel as large as its input.
    """
    side, _, channels = LENET5.input_shape
    rows = [["Input", 1, 1, 0, side, channels]]
    for row in LENET5.rows:
        whole = row.input_shape[0] if len(row.input_shape) == 3 else 1
        window = getattr(row.layer, "window", (whole, 1, 0))
        shape = row.output_shape
        rows.append([row.name, *window, shape[0] if len(shape) == 3 else 1, shape[-1]])
    return rows


GEOMETRY = _geometry()
SIDES = {name: side for name, *_, side, _ in GEOMETRY[1:]}

Span = tuple[int, int]


class ReceptiveFieldExplorer(Element):
    """The pixels of the input that a unit sees, and its region in every layer between.

    `layer` is a layer of the table, "C1" to "Output"; `row` and `column`, from 0, say where in
    its maps the unit is (the middle one unless given; layers without maps have one place, 0).
    `digit` is the example digit that is shown, and `neighbor` whether the next unit's field is
    shown too. A row or column outside the map raises ValueError; a new layer with smaller maps
    takes the nearest unit that it has.
    """

    name = "fields"
    layer = trait(traitlets.Enum, tuple(SIDES), "S4")
    row = trait(traitlets.Int, 0)
    column = trait(traitlets.Int, 0)
    digit = trait(traitlets.Int, 3)
    neighbor = trait(traitlets.Bool, False)
    layers = trait(traitlets.List)
    pixels = trait(traitlets.Unicode)

    def __init__(
        self, layer: str = "S4", row: int | None = None, column: int | None = None, **more
    ):
        if layer not in SIDES:
            raise ValueError(f"layer must be one of {', '.join(SIDES)}, not {layer!r}.")
        middle = SIDES[layer] // 2
        super().__init__(
            layer=layer,
            row=middle if row is None else row,
            column=middle if column is None else column,
            layers=GEOMETRY,
            **more,
        )
        self._draw_digit()

    @traitlets.validate("row", "column")
    def _inside(self, proposal):
        name = proposal["trait"].name
        return between(f"{name} of {self.layer}", proposal["value"], SIDES[self.layer] - 1)

    @traitlets.validate("digit")
    def _known(self, proposal):
        return between("digit", proposal["value"], 9)

    @traitlets.observe("layer")
    def _keep_inside(self, change):
        last = SIDES[self.layer] - 1
        self.row, self.column = min(self.row, last), min(self.column, last)

    @traitlets.observe("digit")
    def _draw_digit(self, change=None):
        self.pixels = base64.b64encode(mnist.digit(self.digit).tobytes()).decode()

    @property
    def field(self) -> tuple[Span, Span]:
        """The first and last row, and the first and last column, that the unit sees."""
        view = LENET5[self.layer].receptive_field
        return view.span(self.row), view.span(self.column)

    @property
    def center(self) -> tuple[float, float]:
        """The row and column of the field's center, pixel i having its center at i."""
        view = LENET5[self.layer].receptive_field
        return view.center(self.row), view.center(self.column)

    @property
    def regions(self) -> dict[str, tuple[Span, Span]]:
        """The rows and columns that feed the unit, in every layer from its own to the input."""
        spans = ((self.row, self.row), (self.column, self.column))
        found, reached = {}, False
        for name, kernel, stride, padding, _, _ in reversed(GEOMETRY):
            reached = reached or name == self.layer
            if not reached:
                continue
            found[name] = spans
            spans = tuple(
                (first * stride - padding, last * stride - padding + kernel - 1)
                for first, last in spans
            )
        return found

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(layer={self.layer!r}, row={self.row}, column={self.column}, "
            f"digit={self.digit}, neighbor={self.neighbor})"
        )

    def still(self) -> str:
        def text(span: Span) -> str:
            return f"{span[0]}" if span[0] == span[1] else f"{span[0]} to {span[1]}"

        body = "".join(
            f'<tr><th scope="row">{name}</th><td>{text(rows)}</td><td>{text(columns)}</td>'
            f"<td>{size_text((rows[1] - rows[0] + 1, columns[1] - columns[0] + 1))}</td></tr>"
            for name, (rows, columns) in reversed(self.regions.items())
        )
        head = "".join(
            f'<th scope="col">{name}</th>' for name in ("Layer", "Rows", "Columns", "Size")
        )
        return (
            f"<figure><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"<figcaption>What feeds the unit at row {self.row}, column {self.column} of "
            f"{self.layer}, layer by layer. In the book, and where the cell is run, any unit can "
            "be pointed at.</figcaption></figure>"
        )
