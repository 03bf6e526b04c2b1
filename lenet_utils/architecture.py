"""The table as data: what each layer of LeNet-5 is, and the arithmetic that follows.

Everything the course says about shapes, parameters, connections, multiply-accumulates
and receptive fields is computed here from two short lists, `LENET5` and `LENET5_1998`.
Shapes are (height, width, channels) for maps and (units,) for vectors. Nothing but the
standard library is imported, so the arithmetic can be read and run anywhere.

Source: LeCun, Bottou, Bengio and Haffner (1998), section II-B, Fig. 2 and Table I.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from math import prod

Shape = tuple[int, ...]

#: Table I of the paper: for each of C3's 16 maps, the S2 maps that feed it.
TABLE_I: tuple[tuple[int, ...], ...] = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)  # fmt: skip


def _whole(name: str, value, minimum: int) -> int:
    """Return `value` if it is a whole number of at least `minimum`, else raise ValueError."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} must be a whole number, not {value!r}.")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, not {value}.")
    return value


def _shape(name: str, shape, dimensions: tuple[int, ...] = (1, 3)) -> Shape:
    """Return `shape` as a tuple of positive whole numbers with an allowed length."""
    meaning = {1: "(units,)", 3: "(height, width, channels)"}
    allowed = " or ".join(meaning[count] for count in dimensions)
    if not isinstance(shape, (tuple, list)) or len(shape) not in dimensions:
        raise ValueError(f"{name} must be {allowed}, not {shape!r}.")
    return tuple(_whole(f"each size in {name}", size, 1) for size in shape)


def size_text(shape: Shape) -> str:
    """Return a shape as the table writes it: (28, 28, 6) becomes "28x28x6"."""
    return "x".join(str(size) for size in shape)


def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0) -> int:
    """Return how many positions a window has along one side.

    The formula is floor((size + 2 padding - kernel) / stride) + 1, all in pixels.
    Raises ValueError for a size, kernel or stride below 1, a negative padding, or a
    kernel larger than the padded input.
    """
    _whole("size", size, 1)
    _whole("kernel", kernel, 1)
    _whole("stride", stride, 1)
    _whole("padding", padding, 0)
    if kernel > size + 2 * padding:
        raise ValueError(
            f"kernel must be at most the padded input of {size + 2 * padding} pixels, not {kernel}."
        )
    return (size + 2 * padding - kernel) // stride + 1


@dataclass(frozen=True)
class ReceptiveField:
    """What part of the input image the units of a layer see, along one side.

    `size` is in pixels; `step` is the distance in pixels between neighboring units;
    `first` is the center of the first unit's region, where pixel i has its center at i.
    """

    size: int = 1
    step: int = 1
    first: float = 0.0

    def through(self, kernel: int, stride: int = 1, padding: int = 0) -> ReceptiveField:
        """Return the receptive field after one more window of `kernel` pixels."""
        return ReceptiveField(
            size=self.size + (kernel - 1) * self.step,
            step=self.step * stride,
            first=self.first + ((kernel - 1) / 2 - padding) * self.step,
        )

    def center(self, index: int) -> float:
        """Return the center, in input pixels, of the region that unit `index` sees."""
        return self.first + index * self.step

    def span(self, index: int) -> tuple[int, int]:
        """Return the first and the last input pixel that unit `index` sees."""
        start = self.center(index) - (self.size - 1) / 2
        return int(start), int(start) + self.size - 1


@dataclass(frozen=True)
class Layer:
    """What every layer has: a name, and rules that turn an input shape into numbers."""

    name: str
    kind = "layer"

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the output for an input of `input_shape`."""
        raise NotImplementedError

    def parameters_formula(self, input_shape: Shape) -> str:
        """Return the count of trainable parameters as a product with its numbers in it."""
        raise NotImplementedError

    def parameters(self, input_shape: Shape) -> int:
        """Return the number of trainable parameters."""
        raise NotImplementedError

    def connections_per_unit(self, input_shape: Shape) -> str:
        """Return, as text with numbers, the inputs of one output unit, its bias included."""
        raise NotImplementedError

    def connections(self, input_shape: Shape) -> int:
        """Return the number of connections: inputs of every unit, biases included."""
        raise NotImplementedError

    def multiply_accumulates(self, input_shape: Shape) -> int:
        """Return how many products with a weight one forward pass adds up."""
        raise NotImplementedError

    def receptive_field(self, input_shape: Shape, before: ReceptiveField) -> ReceptiveField:
        """Return the receptive field of this layer's units, given that of its input."""
        raise NotImplementedError

    def size_formula(self, input_shape: Shape) -> str:
        """Return how the output's height follows from the input's, with the numbers in it."""
        return ""


@dataclass(frozen=True)
class _Windowed(Layer):
    """A layer that slides a square window over maps."""

    @property
    def window(self) -> tuple[int, int, int]:
        """Return the window's side, stride and padding in pixels."""
        raise NotImplementedError

    def _channels_out(self, channels: int) -> int:
        return channels

    def output_shape(self, input_shape: Shape) -> Shape:
        height, width, channels = _shape("input_shape", input_shape, (3,))
        window = self.window
        return (
            output_size(height, *window),
            output_size(width, *window),
            self._channels_out(channels),
        )

    def size_formula(self, input_shape: Shape) -> str:
        size, (kernel, stride, padding) = input_shape[0], self.window
        rows = self.output_shape(input_shape)[0]
        if (size + 2 * padding - kernel) % stride:
            return f"floor(({size} + 2·{padding} - {kernel}) / {stride}) + 1 = {rows}"
        return f"({size} + 2·{padding} - {kernel}) / {stride} + 1 = {rows}"

    def receptive_field(self, input_shape: Shape, before: ReceptiveField) -> ReceptiveField:
        return before.through(*self.window)


@dataclass(frozen=True)
class Convolution(_Windowed):
    """Square kernels slid over maps (section II-A).

    `filters` maps come out. `table`, if given, lists for each of them the input channels
    that feed it (Table I); without it each map is fed by all. Raises ValueError for sizes
    that are not positive whole numbers, or a table of the wrong length, with an
    unconnected map, a repeated channel or a channel that does not exist.
    """

    filters: int = 1
    kernel: int = 5
    stride: int = 1
    padding: int = 0
    activation: str | None = "tanh"
    table: tuple[tuple[int, ...], ...] | None = field(default=None, repr=False)
    kind = "convolution"

    def __post_init__(self):
        _whole("filters", self.filters, 1)
        _whole("kernel", self.kernel, 1)
        _whole("stride", self.stride, 1)
        _whole("padding", self.padding, 0)
        if self.table is None:
            return
        if len(self.table) != self.filters:
            raise ValueError(
                f"table must have one row for each of the {self.filters} filters, "
                f"not {len(self.table)}."
            )
        for number, channels in enumerate(self.table):
            if not channels:
                raise ValueError(f"table row {number} must name at least one channel, not none.")
            if len(set(channels)) != len(channels):
                raise ValueError(f"table row {number} must name each channel once, not {channels}.")
            for channel in channels:
                _whole(f"each channel in table row {number}", channel, 0)

    @property
    def window(self):
        return self.kernel, self.stride, self.padding

    def _channels_out(self, channels):
        for number, fed_by in enumerate(self.table or ()):
            if max(fed_by) >= channels:
                raise ValueError(
                    f"table row {number} may name channels 0 to {channels - 1} of this input, "
                    f"not {max(fed_by)}."
                )
        return self.filters

    def links(self, input_shape: Shape) -> int:
        """Return how many (input channel, filter) pairs are connected."""
        channels = self.output_shape(input_shape) and input_shape[2]
        return sum(map(len, self.table)) if self.table else channels * self.filters

    def parameters(self, input_shape):
        return self.kernel**2 * self.links(input_shape) + self.filters

    def parameters_formula(self, input_shape):
        if self.table:
            return f"({self.kernel}·{self.kernel})·{self.links(input_shape)} + {self.filters}"
        return f"({self.kernel}·{self.kernel}·{input_shape[2]})·{self.filters} + {self.filters}"

    def connections_per_unit(self, input_shape):
        if self.table:
            return f"{self.kernel}·{self.kernel}·(channels in its row of the table) + 1"
        return f"{self.kernel}·{self.kernel}·{input_shape[2]} + 1"

    def connections(self, input_shape):
        height, width, _ = self.output_shape(input_shape)
        return height * width * self.parameters(input_shape)

    def multiply_accumulates(self, input_shape):
        height, width, _ = self.output_shape(input_shape)
        return height * width * self.kernel**2 * self.links(input_shape)


@dataclass(frozen=True)
class AveragePooling(_Windowed):
    """The mean of each square of `size` x `size` pixels, map by map; nothing to train.

    An average needs additions and one fixed factor, no trained weight, so its
    multiply-accumulates count as none, as in the paper's own figures.
    """

    size: int = 2
    kind = "average pooling"

    def __post_init__(self):
        _whole("size", self.size, 1)

    @property
    def window(self):
        return self.size, self.size, 0

    def parameters(self, input_shape):
        self.output_shape(input_shape)
        return 0

    def parameters_formula(self, input_shape):
        return "nothing to train"

    def connections_per_unit(self, input_shape):
        return f"{self.size}·{self.size}"

    def connections(self, input_shape):
        return prod(self.output_shape(input_shape)) * self.size**2

    def multiply_accumulates(self, input_shape):
        self.output_shape(input_shape)
        return 0


@dataclass(frozen=True)
class Subsampling(AveragePooling):
    """The 1998 version of pooling: add `size` x `size` pixels, scale, shift, squash.

    Each map has one trainable coefficient and one trainable bias (section II-B). With
    `copies`, each input map feeds that many output maps in a row, as in LeNet-4.
    """

    activation: str | None = "scaled_tanh"
    copies: int = 1
    kind = "trainable sub-sampling"

    def __post_init__(self):
        super().__post_init__()
        _whole("copies", self.copies, 1)

    def _channels_out(self, channels):
        return channels * self.copies

    def parameters(self, input_shape):
        return 2 * self.output_shape(input_shape)[2]

    def parameters_formula(self, input_shape):
        return f"2·{self.output_shape(input_shape)[2]}"

    def connections_per_unit(self, input_shape):
        return f"{self.size}·{self.size} + 1"

    def connections(self, input_shape):
        return prod(self.output_shape(input_shape)) * (self.size**2 + 1)


@dataclass(frozen=True)
class FullyConnected(Layer):
    """Every unit is fed by every input value, and has a bias."""

    units: int = 1
    activation: str | None = "tanh"
    kind = "fully connected"

    def __post_init__(self):
        _whole("units", self.units, 1)

    def output_shape(self, input_shape):
        _shape("input_shape", input_shape)
        return (self.units,)

    def parameters(self, input_shape):
        self.output_shape(input_shape)
        return prod(input_shape) * self.units + self.units

    def parameters_formula(self, input_shape):
        return f"{prod(input_shape)}·{self.units} + {self.units}"

    def connections_per_unit(self, input_shape):
        return f"{prod(input_shape)} + 1"

    def connections(self, input_shape):
        return self.parameters(input_shape)

    def multiply_accumulates(self, input_shape):
        self.output_shape(input_shape)
        return prod(input_shape) * self.units

    def receptive_field(self, input_shape, before):
        side = input_shape[0] if len(input_shape) == 3 else 1
        return before.through(side)


@dataclass(frozen=True)
class RadialBasis(FullyConnected):
    """Squared distances to fixed codes, one unit a class (section II-B, equation 7)."""

    activation: str | None = None
    kind = "Euclidean RBF"

    def parameters(self, input_shape):
        self.output_shape(input_shape)
        return 0

    def parameters_formula(self, input_shape):
        return "the codes are fixed"

    def connections_per_unit(self, input_shape):
        return f"{prod(input_shape)}"

    def connections(self, input_shape):
        return self.multiply_accumulates(input_shape)


@dataclass(frozen=True)
class Row:
    """One line of the table: a layer of a network, with the input it has there."""

    layer: Layer
    input_shape: Shape
    receptive_field: ReceptiveField

    @property
    def name(self) -> str:
        return self.layer.name

    @property
    def kind(self) -> str:
        return self.layer.kind

    @property
    def output_shape(self) -> Shape:
        return self.layer.output_shape(self.input_shape)

    @property
    def parameters(self) -> int:
        return self.layer.parameters(self.input_shape)

    @property
    def connections(self) -> int:
        return self.layer.connections(self.input_shape)

    @property
    def multiply_accumulates(self) -> int:
        return self.layer.multiply_accumulates(self.input_shape)

    @property
    def parameters_text(self) -> str:
        """The parameters with their formula, as the table prints them."""
        formula = self.layer.parameters_formula(self.input_shape)
        if self.parameters == 0:
            return f"none ({formula})"
        return f"{formula} = {self.parameters:,}"

    def __str__(self) -> str:
        shape, view = self.output_shape, self.receptive_field
        size = self.layer.size_formula(self.input_shape)
        units = "·".join(map(str, shape))
        per_unit = self.layer.connections_per_unit(self.input_shape)
        if "table" in per_unit:
            how_many = f"{self.connections:,}  ({per_unit}, for each of {units} units)"
        else:
            factor = f"({per_unit})" if " " in per_unit else per_unit
            how_many = f"{units}·{factor} = {self.connections:,}"
        lines = [
            f"{self.name}: {self.kind}, {size_text(self.input_shape)} -> {size_text(shape)}",
            f"  side of a map         {size}" if size else "",
            f"  parameters            {self.parameters_text}",
            f"  connections           {how_many}",
            f"  multiply-accumulates  {self.multiply_accumulates:,}",
            f"  receptive field       {view.size}x{view.size} pixels, one every {view.step}",
        ]
        return "\n".join(line for line in lines if line)


@dataclass(frozen=True)
class Network:
    """An input shape and a list of layers; everything else follows.

    `network["C3"]` is the `Row` of a layer, `network.rows` are all of them in order.
    Raises ValueError for two layers of one name, or a layer that its input does not fit.
    """

    name: str
    input_shape: Shape
    layers: tuple[Layer, ...]

    def __post_init__(self):
        _shape("input_shape", self.input_shape)
        names = [layer.name for layer in self.layers]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"layer names must differ, but {name!r} is there twice.")
        for row in self.rows:
            _ = row.output_shape

    @property
    def rows(self) -> tuple[Row, ...]:
        shape, view, rows = self.input_shape, ReceptiveField(), []
        for layer in self.layers:
            output = layer.output_shape(shape)
            view = layer.receptive_field(shape, view)
            rows.append(Row(layer, shape, view))
            shape = output
        return tuple(rows)

    def __getitem__(self, name: str) -> Row:
        for row in self.rows:
            if row.name == name:
                return row
        known = ", ".join(layer.name for layer in self.layers)
        raise ValueError(f"layer must be one of {known}, not {name!r}.")

    @property
    def parameters(self) -> int:
        return sum(row.parameters for row in self.rows)

    @property
    def connections(self) -> int:
        return sum(row.connections for row in self.rows)

    @property
    def multiply_accumulates(self) -> int:
        return sum(row.multiply_accumulates for row in self.rows)

    def replace(self, *layers: Layer, name: str | None = None) -> Network:
        """Return a copy in which each of `layers` takes the place of the one of its name."""
        by_name = {layer.name: layer for layer in layers}
        for unknown in by_name.keys() - {layer.name for layer in self.layers}:
            _ = self[unknown]
        changed = tuple(by_name.get(layer.name, layer) for layer in self.layers)
        return replace(self, layers=changed, name=name or self.name)

    def as_data(self) -> dict:
        """Return the whole table as plain dictionaries and lists, ready for JSON."""
        layers = []
        for row in self.rows:
            kernel, stride, padding = getattr(row.layer, "window", (None, None, None))
            layers.append(
                {
                    "name": row.name,
                    "kind": row.kind,
                    "kernel": kernel,
                    "stride": stride,
                    "padding": padding,
                    "input_shape": list(row.input_shape),
                    "output_shape": list(row.output_shape),
                    "parameters": row.parameters,
                    "parameters_text": row.parameters_text,
                    "connections": row.connections,
                    "multiply_accumulates": row.multiply_accumulates,
                    "receptive_field": asdict(row.receptive_field),
                }
            )
        return {
            "name": self.name,
            "input_shape": list(self.input_shape),
            "parameters": self.parameters,
            "connections": self.connections,
            "multiply_accumulates": self.multiply_accumulates,
            "layers": layers,
        }


#: The network that the course builds: the common form of LeNet-5 in today's libraries.
LENET5 = Network(
    "LeNet-5 of the course",
    (32, 32, 1),
    (
        Convolution("C1", filters=6, kernel=5),
        AveragePooling("S2", size=2),
        Convolution("C3", filters=16, kernel=5),
        AveragePooling("S4", size=2),
        Convolution("C5", filters=120, kernel=5),
        FullyConnected("F6", units=84),
        FullyConnected("Output", units=10, activation="softmax"),
    ),
)

#: The network of the paper: trainable sub-sampling, Table I, scaled tanh, RBF output.
LENET5_1998 = Network(
    "LeNet-5 of 1998",
    (32, 32, 1),
    (
        Convolution("C1", filters=6, kernel=5, activation="scaled_tanh"),
        Subsampling("S2", size=2),
        Convolution("C3", filters=16, kernel=5, activation="scaled_tanh", table=TABLE_I),
        Subsampling("S4", size=2),
        Convolution("C5", filters=120, kernel=5, activation="scaled_tanh"),
        FullyConnected("F6", units=84, activation="scaled_tanh"),
        RadialBasis("Output", units=10),
    ),
)

#: LeNet-4 as section III-C describes it. What feeds the 16 maps of C3 and the 120 units is
#: not printed; with every connection there it has more parameters than the 17,000 stated.
LENET4 = Network(
    "LeNet-4",
    (32, 32, 1),
    (
        Convolution("C1", filters=4, kernel=5, activation="scaled_tanh"),
        Subsampling("S2", size=2, copies=2),
        Convolution("C3", filters=16, kernel=5, activation="scaled_tanh"),
        Subsampling("S4", size=2),
        FullyConnected("F5", units=120, activation="scaled_tanh"),
        FullyConnected("Output", units=10, activation="scaled_tanh"),
    ),
)

#: LeNet-1, with the sizes of LeCun et al. (1990), "Handwritten digit recognition with a
#: back-propagation network"; which S2 maps feed a C3 map is chosen to give its 2,578 parameters.
LENET1 = Network(
    "LeNet-1",
    (28, 28, 1),
    (
        Convolution("C1", filters=4, kernel=5, activation="scaled_tanh"),
        Subsampling("S2", size=2),
        Convolution(
            "C3", filters=12, kernel=5, activation="scaled_tanh",
            table=tuple(
                tuple(first + channel for channel in fed_by)
                for first in (0, 2)
                for fed_by in ((0,), (0, 1), (0, 1), (1,), (0, 1), (0, 1))
            ),
        ),
        Subsampling("S4", size=2),
        FullyConnected("Output", units=10, activation="scaled_tanh"),
    ),
)  # fmt: skip

#: What the common version changes, one part at a time, and all of it at once.
DEPARTURES = {
    "none": LENET5_1998,
    "every S2 map feeds every C3 map": LENET5_1998.replace(
        Convolution("C3", filters=16, kernel=5, activation="scaled_tanh")
    ),
    "average pooling": LENET5_1998.replace(AveragePooling("S2"), AveragePooling("S4")),
    "plain tanh": LENET5_1998.replace(
        *(
            replace(row.layer, activation="tanh")
            for row in LENET5_1998.rows
            if getattr(row.layer, "activation", None) == "scaled_tanh"
        )
    ),
    "softmax output": LENET5_1998.replace(FullyConnected("Output", units=10, activation="softmax")),
    "all of them: the network of the course": LENET5,
}
