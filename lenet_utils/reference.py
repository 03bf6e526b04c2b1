"""The layers in NumPy, written to be read: what Keras computes, in a few lines each.

Images and maps are (height, width, channels), kernels (height, width, channels in, filters),
as Keras keeps them. A batch is not needed here: one image at a time is easier to follow.
"""

from __future__ import annotations

import math

import numpy as np

from lenet_utils import paper
from lenet_utils.architecture import (
    LENET5,
    LENET5_1998,
    AveragePooling,
    Convolution,
    FullyConnected,
    Network,
    RadialBasis,
    Subsampling,
    output_size,
)


def _maps(name: str, array) -> np.ndarray:
    values = np.asarray(array)
    if values.ndim != 3 or 0 in values.shape:
        raise ValueError(f"{name} must have shape (height, width, channels), not {values.shape}.")
    return values


def _kernel_and_bias(kernel, bias, channels: int) -> tuple[np.ndarray, np.ndarray]:
    kernel, bias = np.asarray(kernel), np.asarray(bias)
    if kernel.ndim != 4 or 0 in kernel.shape:
        raise ValueError(
            f"kernel must have shape (height, width, channels, filters), not {kernel.shape}."
        )
    if kernel.shape[2] != channels:
        raise ValueError(
            f"kernel must have {channels} channels, as its input has, not {kernel.shape[2]}."
        )
    if bias.shape != kernel.shape[3:]:
        raise ValueError(f"bias must have shape {kernel.shape[3:]}, not {bias.shape}.")
    return kernel, bias


def convolve_with_loops(maps, kernel, bias, stride: int = 1, padding: int = 0) -> np.ndarray:
    """Return the weighted sums of a convolution, one output value at a time.

    maps (height, width, channels), kernel (k, k, channels, filters), bias (filters,); the
    output is (rows, columns, filters), without activation. As in every deep-learning library
    the kernel is not flipped: this is cross-correlation. Raises ValueError for shapes that
    do not fit. Source: section II-A.
    """
    maps = _maps("maps", maps)
    kernel, bias = _kernel_and_bias(kernel, bias, maps.shape[2])
    height, width, _, filters = kernel.shape
    rows = output_size(maps.shape[0], height, stride, padding)
    columns = output_size(maps.shape[1], width, stride, padding)
    padded = np.pad(maps, ((padding, padding), (padding, padding), (0, 0)))
    output = np.zeros((rows, columns, filters), np.result_type(maps, kernel, bias))
    for row in range(rows):
        for column in range(columns):
            top, left = row * stride, column * stride
            window = padded[top : top + height, left : left + width]
            for number in range(filters):
                output[row, column, number] = np.sum(window * kernel[..., number]) + bias[number]
    return output


def convolve(maps, kernel, bias, stride: int = 1, padding: int = 0) -> np.ndarray:
    """Return what `convolve_with_loops` returns, with all windows at once.

    A view of all windows, (rows, columns, channels, k, k), costs no copy; one tensor product
    with the kernel does the sums.
    """
    maps = _maps("maps", maps)
    kernel, bias = _kernel_and_bias(kernel, bias, maps.shape[2])
    for side in (0, 1):
        output_size(maps.shape[side], kernel.shape[side], stride, padding)
    padded = np.pad(maps, ((padding, padding), (padding, padding), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[:2], axis=(0, 1))
    chosen = windows[::stride, ::stride]
    return np.tensordot(chosen, kernel, axes=([3, 4, 2], [0, 1, 2])) + bias


def convolve_table(maps, kernel, bias, table, stride: int = 1, padding: int = 0) -> np.ndarray:
    """Return the weighted sums of a convolution whose filters read only some channels (Table I).

    `table` has a row for each filter, the channels that feed it; what `kernel`, (k, k, channels,
    filters), holds for the others is not read. Shapes and errors otherwise as `convolve`, and
    ValueError for a table that does not fit.
    """
    maps = _maps("maps", maps)
    kernel, bias = _kernel_and_bias(kernel, bias, maps.shape[2])
    fitting = Convolution("table", kernel.shape[3], kernel=1, table=tuple(map(tuple, table)))
    fitting.output_shape(maps.shape)
    sums = [
        convolve(
            maps[..., list(channels)],
            kernel[:, :, list(channels), number : number + 1],
            bias[number : number + 1],
            stride,
            padding,
        )
        for number, channels in enumerate(fitting.table)
    ]
    return np.concatenate(sums, axis=2)


def average_pool(maps, size: int = 2) -> np.ndarray:
    """Return the mean of each `size` x `size` square, map by map.

    maps (height, width, channels) gives (height // size, width // size, channels); rows and
    columns that fill no whole square are left out.
    """
    maps = _maps("maps", maps)
    rows, columns = (output_size(side, size, size) for side in maps.shape[:2])
    whole = maps[: rows * size, : columns * size]
    squares = whole.reshape(rows, size, columns, size, maps.shape[2])
    return squares.mean(axis=(1, 3), dtype=np.result_type(maps, np.float32))


def subsample(maps, coefficients, biases, size: int = 2) -> np.ndarray:
    """Return the 1998 version of pooling before its squashing: sum, scale, shift.

    Each square of `size` x `size` pixels is added up, multiplied by its map's coefficient,
    and its map's bias is added. Source: section II-B.
    """
    maps = _maps("maps", maps)
    coefficients, biases = np.asarray(coefficients), np.asarray(biases)
    for name, values in (("coefficients", coefficients), ("biases", biases)):
        if values.shape != maps.shape[2:]:
            raise ValueError(f"{name} must have shape {maps.shape[2:]}, not {values.shape}.")
    return average_pool(maps, size) * size**2 * coefficients + biases


def dense(values, kernel, bias) -> np.ndarray:
    """Return the weighted sums of a fully connected layer, without activation.

    values (inputs,), kernel (inputs, units), bias (units,); the output is (units,).
    """
    values, kernel, bias = np.asarray(values), np.asarray(kernel), np.asarray(bias)
    if kernel.ndim != 2:
        raise ValueError(f"kernel must have shape (inputs, units), not {kernel.shape}.")
    if values.shape != kernel.shape[:1]:
        raise ValueError(f"values must have shape {kernel.shape[:1]}, not {values.shape}.")
    if bias.shape != kernel.shape[1:]:
        raise ValueError(f"bias must have shape {kernel.shape[1:]}, not {bias.shape}.")
    return values @ kernel + bias


def codes(characters: str = "0123456789") -> np.ndarray:
    """Return the codes of Fig. 3, +1 or -1, as (characters, 84): each 7x12 picture row by row."""
    return np.array([np.ravel(paper.code(character)) for character in characters], dtype=float)


def check_codes(codes) -> np.ndarray:
    """Return `codes`, (classes, inputs), as floats, or raise ValueError if one is not +-1."""
    values = np.asarray(codes)
    if values.ndim != 2 or 0 in values.shape:
        raise ValueError(f"codes must have shape (classes, inputs), not {values.shape}.")
    wrong = np.argwhere(~np.isin(values, (-1, 1)))
    if len(wrong):
        value = values[tuple(wrong[0])]
        raise ValueError(
            f"codes must be +1 or -1 in each place, but code {wrong[0][0]} has {value}."
        )
    return values.astype(float)


def rbf(values, codes) -> np.ndarray:
    """Return the squared Euclidean distance of `values`, (inputs,), to each code: the penalties.

    `codes` are (classes, inputs), any finite numbers, since codes may be trained; the smallest
    of the (classes,) penalties wins. Source: section II-B, equation 7.
    """
    values, codes = np.asarray(values), np.asarray(codes)
    if codes.ndim != 2:
        raise ValueError(f"codes must have shape (classes, inputs), not {codes.shape}.")
    if values.shape != codes.shape[1:]:
        raise ValueError(f"values must have shape {codes.shape[1:]}, not {values.shape}.")
    return np.sum((values - codes) ** 2, axis=1)


#: The squashing function of 1998 is A tanh(S a). Source: appendix A.
AMPLITUDE, SLOPE = 1.7159, 2 / 3


def scaled_tanh(sums) -> np.ndarray:
    """Return 1.7159 tanh(2/3 a), which is +-1 at +-1. Source: section II-B and appendix A."""
    return AMPLITUDE * np.tanh(SLOPE * np.asarray(sums))


def softmax(logits) -> np.ndarray:
    """Return probabilities along the last axis; adding a constant to all logits changes nothing.

    The largest logit is taken off first, so that no exponential overflows. Raises ValueError
    for logits that are not all finite.
    """
    logits = np.asarray(logits, dtype=float)
    if not np.all(np.isfinite(logits)):
        raise ValueError("logits must be finite, but some are infinite or not numbers.")
    if logits.ndim == 0 or logits.shape[-1] == 0:
        raise ValueError(f"logits must have at least one value in a row, not shape {logits.shape}.")
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def cross_entropy(logits, label: int) -> float:
    """Return -log of the probability that softmax gives `label`, in nats.

    It is computed from the logits, (classes,), so that no probability rounds to zero first.
    """
    logits = np.asarray(logits, dtype=float)
    if logits.ndim != 1:
        raise ValueError(f"logits must have shape (classes,), not {logits.shape}.")
    if not 0 <= label < len(logits):
        raise ValueError(f"label must be between 0 and {len(logits) - 1}, not {label}.")
    largest = logits.max()
    return float(largest + np.log(np.sum(np.exp(logits - largest))) - logits[label])


def cross_entropy_gradient(logits, label: int) -> np.ndarray:
    """Return the slope of `cross_entropy` along each logit: softmax minus the one-hot label."""
    gradient = softmax(logits)
    gradient[label] -= 1
    return gradient


def _penalties_and_labels(penalties, labels) -> tuple[np.ndarray, np.ndarray]:
    penalties, labels = np.asarray(penalties, dtype=float), np.asarray(labels)
    if penalties.ndim != 2 or 0 in penalties.shape:
        raise ValueError(f"penalties must have shape (patterns, classes), not {penalties.shape}.")
    if labels.shape != penalties.shape[:1]:
        raise ValueError(f"labels must have shape {penalties.shape[:1]}, not {labels.shape}.")
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"labels must be whole numbers, not {labels.dtype}.")
    if labels.min() < 0 or labels.max() >= penalties.shape[1]:
        raise ValueError(f"labels must be between 0 and {penalties.shape[1] - 1}.")
    return penalties, labels


def check_j(j) -> float:
    """Return j, the rubbish class's penalty, as a float; ValueError if it is not positive."""
    try:
        value = float(j)
    except (TypeError, ValueError):
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"j must be a positive number, not {j!r}.")
    return value


def mse_loss(penalties, labels) -> float:
    """Return the mean penalty of the right class: the paper's MSE, equation 8.

    penalties (patterns, classes) are squared distances, labels (patterns,) whole numbers.
    """
    penalties, labels = _penalties_and_labels(penalties, labels)
    return float(np.mean(penalties[np.arange(len(labels)), labels]))


def map_posterior(penalties, j: float) -> np.ndarray:
    """Return what probability the MAP loss gives each class and, last, the "rubbish" class.

    penalties (patterns, classes) give (patterns, classes + 1): the softmax of the negative
    penalties, with j > 0 as the penalty of the class that is not there. Source: section II-C.
    """
    penalties = np.asarray(penalties, dtype=float)
    if penalties.ndim != 2:
        raise ValueError(f"penalties must have shape (patterns, classes), not {penalties.shape}.")
    rubbish = np.full((len(penalties), 1), check_j(j))
    return softmax(-np.concatenate([penalties, rubbish], axis=1))


def map_loss(penalties, labels, j: float) -> float:
    """Return the mean of y_right + log(e^-j + sum_i e^-y_i): the MAP loss, equation 9, in nats.

    penalties (patterns, classes), labels (patterns,). The smallest penalty is taken out of the
    sum first, so that no exponential overflows and the logarithm never meets a zero. Raises
    ValueError if j is not positive.
    """
    penalties, labels = _penalties_and_labels(penalties, labels)
    least = np.minimum(penalties.min(axis=1), check_j(j))
    total = np.exp(least - j) + np.exp(least[:, np.newaxis] - penalties).sum(axis=1)
    right = penalties[np.arange(len(labels)), labels]
    return float(np.mean(right - least + np.log(total)))


def map_gradient(penalties, labels, j: float) -> np.ndarray:
    """Return the slope of `map_loss` along each penalty, (patterns, classes).

    For each pattern it is the one-hot label minus `map_posterior`, without the rubbish class.
    """
    penalties, labels = _penalties_and_labels(penalties, labels)
    gradient = -map_posterior(penalties, j)[:, :-1]
    gradient[np.arange(len(labels)), labels] += 1
    return gradient / len(labels)


def initial_weights(network: Network = LENET5_1998, seed: int = 0) -> dict[str, tuple]:
    """Return random first weights in the manner of 1998, (kernel, bias) by layer name, float32.

    Each weight and each bias is uniform in +-2.4/F, where F is the number of inputs of its unit
    (its bias is not counted): with Table I, C3's filters differ in it. A sub-sampling unit has the
    size^2 inputs that it adds, and its coefficient and its bias are drawn by the same rule, which
    the paper does not say. Missing links are zero. Source: p. 41.
    """
    random, weights = np.random.default_rng(seed), {}
    for row in network.rows:
        if not row.parameters:
            continue
        match row.layer:
            case Convolution(kernel=side, filters=filters, table=table):
                linked = np.ones((row.input_shape[2], filters))
                for number, channels in enumerate(table or ()):
                    linked[:, number] = np.isin(np.arange(len(linked)), channels)
                fan_in = side**2 * linked.sum(axis=0)
                kernel = random.uniform(-1, 1, (side, side, *linked.shape)) * linked
            case Subsampling(size=size):
                fan_in = np.full(row.output_shape[2], size**2)
                kernel = random.uniform(-1, 1, len(fan_in))
            case FullyConnected(units=units):
                fan_in = np.full(units, math.prod(row.input_shape))
                kernel = random.uniform(-1, 1, (fan_in[0], units))
            case _:
                raise ValueError(f"network must have layers of the table, not {row.layer}.")
        bias = random.uniform(-1, 1, len(fan_in))
        weights[row.name] = tuple((2.4 / fan_in * u).astype(np.float32) for u in (kernel, bias))
    return weights


ACTIVATIONS = {
    None: lambda sums: sums,
    "tanh": np.tanh,
    "scaled_tanh": scaled_tanh,
    "softmax": softmax,
}


def forward(image, weights, network: Network = LENET5) -> dict[str, np.ndarray]:
    """Return the state of every layer for one image, by layer name.

    `image` is network input, (32, 32, 1); `weights` gives (kernel, bias) by layer name, as
    `models.trained_weights` and `initial_weights` do: a sub-sampling layer has (coefficients,
    biases), an RBF layer (codes,), or no entry, and then the codes of Fig. 3. The input is there
    as "Input", the weighted sums before a softmax as "logits". Raises ValueError for an image
    that does not fit, or a missing layer.
    """
    values = _maps("image", image)
    if values.shape != network.input_shape:
        raise ValueError(f"image must have shape {network.input_shape}, not {values.shape}.")
    states = {"Input": values}
    for row in network.rows:
        if row.parameters and row.name not in weights:
            raise ValueError(f"weights must have an entry for {row.name}.")
        own = tuple(weights.get(row.name, ()))
        if row.parameters and len(own) != 2:
            raise ValueError(f"weights of {row.name} must be two arrays, not {len(own)}.")
        match row.layer:
            case Convolution(table=None) as layer:
                sums = convolve(values, *own, layer.stride, layer.padding)
            case Convolution() as layer:
                sums = convolve_table(values, *own, layer.table, layer.stride, layer.padding)
            case Subsampling(size=size, copies=copies):
                sums = subsample(np.repeat(values, copies, axis=2), *own, size)
            case AveragePooling(size=size):
                sums = average_pool(values, size)
            case RadialBasis():
                sums = rbf(values.ravel(), *(own or (codes(),)))
            case FullyConnected():
                sums = dense(values.ravel(), *own)
            case _:
                raise ValueError(f"network must have layers of the table, not {row.layer}.")
        if getattr(row.layer, "activation", None) == "softmax":
            states["logits"] = sums
        values = ACTIVATIONS[getattr(row.layer, "activation", None)](sums)
        states[row.name] = values
    return states


def largest_difference(left, right) -> float:
    """Return the largest absolute difference of two arrays of one shape."""
    left, right = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
    if left.shape != right.shape:
        raise ValueError(f"both must have one shape, not {left.shape} and {right.shape}.")
    return float(np.max(np.abs(left - right))) if left.size else 0.0
