"""The drawings that chapters share: one palette, fixed sizes, one function a figure.

`use_house_style` sets both up; every function then draws into a new figure and returns it,
except those that take `axes`. Colors are Okabe and Ito's, which color-blind readers can tell
apart; signed values go from blue through white to orange.
"""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Polygon, Rectangle

from lenet_utils import reference
from lenet_utils.architecture import (
    LENET5,
    AveragePooling,
    Convolution,
    FullyConnected,
    Network,
    ReceptiveField,
    Subsampling,
    size_text,
)

PAPER, INK, QUIET = "#fcfcfa", "#22252b", "#6b7078"
BLUE, ORANGE, GREEN, RED, SKY, PURPLE = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#d55e00",
    "#56b4e9",
    "#cc79a7",
)
SIGNED = mpl.colors.LinearSegmentedColormap.from_list("signed", [BLUE, "#ffffff", RED])
GRAY = "gray_r"  # ink is dark, as on paper
WIDTH = 6.8  # inches, of every figure; at 130 dots per inch it fills a column of the book


def use_house_style() -> None:
    """Give every figure that follows the house's palette, type, fixed size and background."""
    mpl.rcParams.update(
        {
            "figure.figsize": (WIDTH, 3.0),
            "figure.dpi": 130,
            "figure.facecolor": PAPER,
            "savefig.facecolor": PAPER,
            "figure.constrained_layout.use": True,
            "axes.facecolor": PAPER,
            "axes.edgecolor": QUIET,
            "axes.labelcolor": INK,
            "axes.titlesize": 10,
            "axes.titlecolor": INK,
            "axes.labelsize": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": mpl.cycler(color=[BLUE, RED, GREEN, PURPLE, ORANGE, SKY]),
            "xtick.color": QUIET,
            "ytick.color": QUIET,
            "xtick.labelsize": 8,
            "ytick.labelsize": 8,
            "text.color": INK,
            "font.size": 9,
            "legend.frameon": False,
            "legend.fontsize": 8,
            "image.cmap": GRAY,
            "image.interpolation": "nearest",
            "lines.linewidth": 1.8,
            "svg.hashsalt": "lenet",
        }
    )
    try:  # in a notebook: a PNG of exactly the size that the figure has
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("png", bbox_inches=None)
    except (ImportError, AttributeError):
        pass


def show_map(axes, values, title: str = "", signed: bool = False, limits=None):
    """Draw one map, (height, width) or (height, width, 1), without ticks, and return the image.

    With `signed`, zero is white, negative values are blue and positive ones orange.
    """
    array = np.asarray(values)
    array = array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array
    if array.ndim != 2:
        raise ValueError(f"values must have shape (height, width), not {np.shape(values)}.")
    if limits is None:
        limits = (-np.abs(array).max(), np.abs(array).max()) if signed else (None, None)
    image = axes.imshow(array, cmap=SIGNED if signed else GRAY, vmin=limits[0], vmax=limits[1])
    axes.set(xticks=[], yticks=[], title=title)
    axes.spines[:].set_visible(False)
    return image


def write_values(axes, values, form: str = "{:.1f}", size: float = 7) -> None:
    """Write each value of a small map into its square, dark on light or light on dark."""
    image = axes.images[-1]
    for (row, column), value in np.ndenumerate(np.asarray(values)):
        red, green, blue, _ = image.cmap(image.norm(value))
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
        color = "white" if dark else INK
        text = form.format(value)
        if not text.strip("-0."):  # a rounded zero has no sign
            text = text.lstrip("-")
        axes.text(column, row, text, ha="center", va="center", fontsize=size, color=color)


def frame(axes, row: float, column: float, height: float, width: float, color=RED, **style):
    """Draw a frame around `height` x `width` pixels whose first one is (row, column)."""
    corner = (column - 0.5, row - 0.5)
    patch = Rectangle(corner, width, height, fill=False, edgecolor=color, linewidth=2, **style)
    axes.add_patch(patch)
    return patch


def maps(values, title: str = "{}", columns: int = 8, signed: bool = True):
    """Return a figure of all the maps in `values`, (height, width, channels), on one scale.

    `title` is formatted with each map's number. The rows of maps have `columns` each.
    """
    array = np.asarray(values)
    if array.ndim != 3:
        raise ValueError(f"values must have shape (height, width, channels), not {array.shape}.")
    count = array.shape[2]
    columns = min(columns, count)
    rows = -(-count // columns)
    side = WIDTH / columns
    figure, grid = plt.subplots(rows, columns, figsize=(WIDTH, rows * (side + 0.18)), squeeze=False)
    limit = float(np.abs(array).max())
    for number, axes in enumerate(grid.flat):
        if number < count:
            limits = (-limit, limit) if signed else (array.min(), array.max())
            show_map(axes, array[..., number], title.format(number), signed, limits)
        else:
            axes.axis("off")
    return figure


def numbers(images, labels=None, columns: int = 10):
    """Return a figure of gray images, (count, height, width), with a label over each."""
    images = np.asarray(images)
    rows = -(-len(images) // columns)
    side = WIDTH / columns
    figure, grid = plt.subplots(
        rows, columns, figsize=(WIDTH, rows * (side + (0.24 if labels is not None else 0.05))),
        squeeze=False,
    )  # fmt: skip
    for number, axes in enumerate(grid.flat):
        if number < len(images):
            show_map(axes, images[number], "" if labels is None else str(labels[number]))
            axes.title.set_fontsize(8)
        else:
            axes.axis("off")
    return figure


def sheet(images, captions, columns: int = 8):
    """Return a figure of many gray images, (count, height, width), each below its caption.

    It shows what `numbers` does, and is quicker for many images, since all are drawn into one
    pair of axes. A caption may have several lines. Raises ValueError unless there is one for
    each image.
    """
    images, captions = np.asarray(images), list(captions)
    if images.ndim != 3 or len(images) != len(captions):
        raise ValueError(f"captions must be {len(images)}, one an image, not {len(captions)}.")
    pitch = WIDTH / columns
    side = 0.86 * pitch
    size = min(max(56 / columns, 7), 11)  # points
    text = 0.02 * size * max(caption.count("\n") + 1 for caption in captions)
    height = -(-len(images) // columns) * (side + text + 0.08)
    figure = plt.figure(figsize=(WIDTH, height), layout="none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    for number, (image, caption) in enumerate(zip(images, captions, strict=True)):
        row, column = divmod(number, columns)
        left = column * pitch + (pitch - side) / 2
        top = height - row * (side + text + 0.08) - text  # in inches, as all of the axes
        axes.imshow(image, extent=(left, left + side, top - side, top), cmap=GRAY)
        axes.text(left + side / 2, top + 0.03, caption, ha="center", va="bottom", fontsize=size)
    axes.set(xlim=(0, WIDTH), ylim=(0, height), aspect="equal")
    return figure


def receptive_fields(image, fields: dict[str, tuple[ReceptiveField, int, int]]):
    """Return a figure with the region of `image` that one unit of each layer sees.

    `image` is (32, 32) or (32, 32, 1); `fields` gives (receptive field, row, column) of the
    unit by layer name.
    """
    figure, grid = plt.subplots(1, len(fields), figsize=(WIDTH, WIDTH / len(fields) + 0.35))
    for axes, (name, (field, row, column)) in zip(np.atleast_1d(grid), fields.items(), strict=True):
        show_map(axes, image, f"{name}: {field.size}x{field.size}")
        frame(axes, field.span(row)[0], field.span(column)[0], field.size, field.size)
        axes.plot(field.center(column), field.center(row), "+", color=RED, markersize=8)
        axes.set(xlim=(-0.5, image.shape[1] - 0.5), ylim=(image.shape[0] - 0.5, -0.5))
    return figure


def _stack(axes, left, bottom, side, count, step, color):
    """Draw `count` overlapping squares, the first one behind; return the front one's corner."""
    for number in range(count):
        offset = step * number
        axes.add_patch(
            Rectangle(
                (left + offset, bottom - offset), side, side,
                facecolor=color, edgecolor=INK, linewidth=0.7, zorder=number,
            )
        )  # fmt: skip
    return left + step * (count - 1), bottom - step * (count - 1)


def architecture(network: Network = LENET5):
    """Return a drawing of a network's layers in the manner of the paper's Fig. 2.

    Every label and every count is read from the table: maps as stacked squares, vectors as
    columns, and between them what turns one into the next. Squares have the side of their
    maps (at least one pixel stays visible); of more than 16 maps, 16 are drawn.
    """
    figure, axes = plt.subplots(figsize=(WIDTH, 2.35), layout="none")
    figure.subplots_adjust(0, 0, 1, 1)
    shapes = [("INPUT", network.input_shape, None)]
    shapes += [(row.name, row.output_shape, row.layer) for row in network.rows]
    shades = {Convolution: "#dcebf5", AveragePooling: "#fdebd9", Subsampling: "#fdebd9"}
    cursor, middle, fronts = 0.0, 0.0, []
    for name, shape, layer in shapes:
        if len(shape) == 3 and shape[0] > 1:
            count, side, step = min(shape[2], 16), float(shape[0]), 1.3
            width = side + step * (count - 1)
            left, bottom = _stack(
                axes, cursor, middle - side / 2 + step * (count - 1) / 2, side, count, step,
                shades.get(type(layer), "white"),
            )  # fmt: skip
            label = f"{name}\n{shape[2]}@{shape[0]}x{shape[1]}"
            fronts.append((left, bottom, side, side, cursor, width))
        else:
            units = shape[-1]
            height, width = 3.0 + units * 0.34, 2.6
            axes.add_patch(
                Rectangle(
                    (cursor, middle - height / 2), width, height,
                    facecolor="#d9efe6", edgecolor=INK, linewidth=0.7,
                )
            )  # fmt: skip
            label = f"{name}\n{units}"
            fronts.append((cursor, middle - height / 2, width, height, cursor, width))
        axes.text(cursor + width / 2, 29, label, ha="center", va="bottom", fontsize=7.5)
        cursor += width + (9 if len(shape) == 3 and shape[0] > 5 else 19)
    words = {
        Convolution: "convolutions",
        AveragePooling: "pooling",
        Subsampling: "sub-sampling",
    }
    for before, after, (_, shape, layer) in zip(fronts, fronts[1:], shapes[1:], strict=False):
        word = words.get(type(layer), "full\nconnection")
        if shape[:2] == (1, 1):
            word = "full\nconnection"
        elif isinstance(layer, FullyConnected) and layer.activation is None:
            word = "Gaussian\nconnections" if layer.kind == "Euclidean RBF" else word
        center = (before[4] + before[5] + after[4]) / 2
        axes.text(center, -31, word, ha="center", va="top", fontsize=6.5, color=QUIET)
        if len(shape) == 3 and before[2] == before[3]:  # a window and the unit that it feeds
            kernel = getattr(layer, "kernel", getattr(layer, "size", 1))
            x = before[0] + (before[2] - kernel) * 0.62
            y = before[1] + (before[3] - kernel) * 0.5
            axes.add_patch(Rectangle((x, y), kernel, kernel, fill=False, edgecolor=RED, zorder=30))
            tip = (after[0] + after[2] * 0.6, after[1] + after[3] * 0.55)
            axes.add_patch(
                Polygon(
                    [(x + kernel, y), tip, (x + kernel, y + kernel)],
                    fill=False, edgecolor=RED, linewidth=0.6, zorder=31,
                )
            )  # fmt: skip
        else:
            right = before[0] + before[2]
            for corner, end in (
                (before[1], after[1]),
                (before[1] + before[3], after[1] + after[3]),
            ):
                axes.plot([right, after[0]], [corner, end], color=QUIET, linewidth=0.6)
    axes.set(xlim=(-3, cursor - 9), ylim=(-40, 37), aspect="equal")
    axes.axis("off")
    return figure


def describe(network: Network = LENET5) -> str:
    """Return the drawing of `architecture` in words, for readers who cannot see it."""
    parts = [f"input {size_text(network.input_shape)}"]
    parts += [f"{row.name}, {row.kind}, {size_text(row.output_shape)}" for row in network.rows]
    return "; ".join(parts) + "."


def states(values: dict[str, np.ndarray], title: str = "Input"):
    """Return a figure of every layer's state for one image, in the order of the paper's Fig. 13.

    `values` is what `reference.forward` returns: maps for C1 to S4, a block of units for C5,
    F6 as 7x12, and the ten outputs as bars. Negative is blue, zero white, positive orange.
    """
    height = 3.5
    figure = plt.figure(figsize=(WIDTH, height), layout="none")
    top, bottom = 3.15, 0.12  # inches

    def axes_at(left, lower, width, tall, name=""):
        axes = figure.add_axes((left / WIDTH, lower / height, width / WIDTH, tall / height))
        axes.set_title(name, fontsize=8)
        return axes

    def block(name, left, columns, side):
        """Draw a layer's maps downward in columns, centered; return where the block ends."""
        layer = np.asarray(values[name])
        rows = layer.shape[2] // columns
        pitch = side + 0.04
        upper = (top + bottom + rows * pitch) / 2 - side
        for number in range(layer.shape[2]):
            column, row = divmod(number, rows)
            corner = (left + column * pitch, upper - row * pitch)
            axes = axes_at(*corner, side, side)
            show_map(axes, layer[..., number], signed=True, limits=(-1, 1))
        middle = (left + columns * pitch / 2) / WIDTH
        figure.text(middle, (upper + side + 0.07) / height, name, ha="center", fontsize=8)
        return left + columns * pitch + 0.16

    middle = (top + bottom) / 2
    axes = axes_at(0.1, middle - 0.5, 1.0, 1.0)
    show_map(axes, values["Input"])
    axes.set_title(title, fontsize=8)
    left = block("C1", 1.26, 1, 0.46)
    left = block("S2", left, 1, 0.34)
    left = block("C3", left, 2, 0.32)
    left = block("S4", left, 2, 0.24)
    for name, columns, pixel in (("C5", 6, 0.07), ("F6", 7, 0.1)):
        picture = np.ravel(values[name]).reshape(-1, columns)
        width, tall = picture.shape[1] * pixel, picture.shape[0] * pixel
        axes = axes_at(left, middle - tall / 2, width, tall)
        show_map(axes, picture, name, signed=True, limits=(-1, 1))
        axes.title.set_fontsize(8)
        left += width + 0.2
    output = np.ravel(values["Output"])
    axes = axes_at(left + 0.2, middle - 0.9, WIDTH - left - 0.42, 1.8, "Output")
    axes.barh(
        np.arange(len(output)), output, color=[RED if v == output.max() else BLUE for v in output]
    )
    axes.set(xlim=(0, 1), xticks=[0, 1], yticks=np.arange(len(output)))
    axes.invert_yaxis()
    return figure


def _mosaic(maps, columns: int) -> np.ndarray:
    """Return maps (height, width, count) side by side in rows, with gaps of NaN between them."""
    maps = np.asarray(maps)
    height, width, count = maps.shape
    rows, gap = -(-count // columns), 1 + height // 14
    picture = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for number in range(count):
        top, left = (part * (side + gap) for part, side in
                     zip(divmod(number, columns), (height, width), strict=True))  # fmt: skip
        picture[top : top + height, left : left + width] = maps[..., number]
    return picture


def fading(penalty: float, half: float = 40.0) -> float:
    """Return how dark an answer is printed, 1 to 0.12: half as dark for every `half` of penalty."""
    return max(0.12, 0.5 ** (max(penalty, 0) / half))


def layers(cases: list[tuple[str, dict[str, np.ndarray]]]):
    """Return a figure in the manner of the paper's Fig. 13: a row of states for each input.

    `cases` are (title, states) pairs; the states are what `reference.forward` or
    `models.states` returns for one image of the 1998 network. Each row has the input, the maps
    of C1, S2, C3 and S4, C5 as a block of units, F6 as a picture of 7x12, and the answer, printed
    lighter for a higher penalty, with the penalty below it.
    """
    parts = {"C1": 3, "S2": 3, "C3": 4, "S4": 4}  # maps in a row
    wide = [1, 1.5, 1.5, 1, 1, 0.8, 0.6, 0.5]
    row_height = 0.98
    figure, grid = plt.subplots(
        len(cases), len(wide), figsize=(WIDTH, len(cases) * row_height + 0.06), squeeze=False,
        width_ratios=wide, layout="none",
    )  # fmt: skip
    figure.subplots_adjust(0.005, 0.005, 0.995, 1 - 0.24 / (len(cases) * row_height + 0.06),
                           wspace=0.08, hspace=0.24)  # fmt: skip
    limits = (-reference.AMPLITUDE, reference.AMPLITUDE)
    for line, (title, states) in zip(grid, cases, strict=True):
        show_map(line[0], states["Input"])
        line[0].set_title(title, fontsize=8, loc="left", pad=3)
        pictures = [_mosaic(states[name], columns) for name, columns in parts.items()]
        pictures += [np.reshape(states["C5"], (12, -1)), np.reshape(states["F6"], (-1, 7))]
        for axes, picture in zip(line[1:], pictures, strict=False):
            show_map(axes, picture, signed=True, limits=limits)
        penalties = np.ravel(states["Output"])
        answer = int(penalties.argmin())
        line[-1].axis("off")
        line[-1].text(
            0.5, 0.56, str(answer), ha="center", va="center", fontsize=26, color=INK,
            alpha=fading(float(penalties[answer])), transform=line[-1].transAxes,
        )  # fmt: skip
        line[-1].text(
            0.5, 0.08, f"{penalties[answer]:.0f}", ha="center", fontsize=8, color=QUIET,
            transform=line[-1].transAxes,
        )  # fmt: skip
    for axes, name in zip(grid[0, 1:], [*parts, "C5", "F6", "answer"], strict=True):
        axes.set_title(name, fontsize=8, pad=3)
    return figure
