"""The layer calculator: a few sizes to shape and counts."""

from __future__ import annotations

import html

import traitlets

from lenet_utils.architecture import (
    LENET5,
    AveragePooling,
    Convolution,
    FullyConnected,
    Layer,
    Row,
    Shape,
    size_text,
)
from lenet_utils.widgets.element import Element, at_least, trait

KINDS = ("convolution", "average pooling", "fully connected")


def _preset(row: Row) -> dict[str, int | str]:
    """Return a row of the table as the calculator's values; a vector is maps of 1x1."""
    shape = row.input_shape if len(row.input_shape) == 3 else (1, 1, *row.input_shape)
    kernel, stride, padding = getattr(row.layer, "window", (1, 1, 0))
    return {
        "kind": row.kind,
        "size": shape[0],
        "channels": shape[2],
        "kernel": kernel,
        "filters": row.output_shape[-1],
        "stride": stride,
        "padding": padding,
    }


class LayerCalculator(Element):
    """The sizes of a layer to its output shape and counts, each with its formula.

    `kind` is "convolution", "average pooling" or "fully connected"; `size` is the side of the
    input in pixels; the other traits are those of the layer, and a kind leaves aside what it
    does not have. `layer` is the same as a layer of the table. Presets are the table's rows.
    """

    name = "calculator"
    kind = trait(traitlets.Enum, KINDS, "convolution")
    size = trait(traitlets.Int, 32)
    channels = trait(traitlets.Int, 1)
    kernel = trait(traitlets.Int, 5)
    filters = trait(traitlets.Int, 6)
    stride = trait(traitlets.Int, 1)
    padding = trait(traitlets.Int, 0)
    presets = trait(traitlets.Dict)

    def __init__(self, preset: str = "C1", **sizes):
        presets = {row.name: _preset(row) for row in LENET5.rows}
        if preset not in presets:
            raise ValueError(f"preset must be one of {', '.join(presets)}, not {preset!r}.")
        super().__init__(presets=presets, **{**presets[preset], **sizes})

    @traitlets.validate("size", "channels", "kernel", "filters", "stride", "padding")
    def _whole(self, proposal):
        name = proposal["trait"].name
        return at_least(name, proposal["value"], 0 if name == "padding" else 1)

    @property
    def layer(self) -> Layer:
        """The layer of the table that the values describe."""
        if self.kind == "average pooling":
            return AveragePooling("calculated", size=self.kernel)
        if self.kind == "fully connected":
            return FullyConnected("calculated", units=self.filters)
        return Convolution(
            "calculated",
            filters=self.filters,
            kernel=self.kernel,
            stride=self.stride,
            padding=self.padding,
        )

    @property
    def input_shape(self) -> Shape:
        """The shape of the input that `size` and `channels` describe."""
        return (self.size, self.size, self.channels)

    @property
    def output_shape(self) -> Shape:
        """The output shape; ValueError if the kernel is larger than the padded input."""
        return self.layer.output_shape(self.input_shape)

    def still(self) -> str:
        layer, shape = self.layer, self.input_shape
        try:
            rows = [
                ("Output shape", size_text(layer.output_shape(shape))),
                ("Parameters", f"{layer.parameters(shape):,}"),
                ("Connections", f"{layer.connections(shape):,}"),
                ("Multiply-accumulates", f"{layer.multiply_accumulates(shape):,}"),
            ]
        except ValueError as error:  # there is no such layer: say why
            rows = [("Output shape", html.escape(str(error)))]
        body = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows)
        return (
            f"<figure><table><tbody>{body}</tbody></table><figcaption>Layer calculator: "
            f"{self.kind} on {size_text(shape)}. In the book, and where the cell is run, its "
            "sizes can be changed.</figcaption></figure>"
        )
