"""The layers in NumPy, written to be read: what Keras computes, in a few lines each.

Images and maps are (height, width, channels), kernels (height, width, channels in, filters),
as Keras keeps them. A batch is not needed here: one image at a time is easier to follow.
"""

from __future__ import annotations

import numpy as np

from lenet_utils.architecture import (
    LENET5,
    AveragePooling,
    Convolution,
    FullyConnected,
    Network,
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


def scaled_tanh(sums) -> np.ndarray:
    """Return 1.7159 tanh(2/3 a), which is +-1 at +-1. Source: section II-B and appendix A."""
    return 1.7159 * np.tanh(np.asarray(sums) * 2 / 3)


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


ACTIVATIONS = {
    None: lambda sums: sums,
    "tanh": np.tanh,
    "scaled_tanh": scaled_tanh,
    "softmax": softmax,
}


def forward(image, weights, network: Network = LENET5) -> dict[str, np.ndarray]:
    """Return the state of every layer for one image, by layer name.

    `image` is network input, (32, 32, 1); `weights` gives (kernel, bias) by layer name, as
    `models.trained_weights` does. The input is there as "Input", the output's weighted sums
    as "logits". Raises ValueError for an image that does not fit, or a missing layer.
    """
    values = _maps("image", image)
    if values.shape != network.input_shape:
        raise ValueError(f"image must have shape {network.input_shape}, not {values.shape}.")
    states = {"Input": values}
    for row in network.rows:
        if row.parameters and row.name not in weights:
            raise ValueError(f"weights must have an entry for {row.name}.")
        match row.layer:
            case Convolution(table=None) as layer:
                sums = convolve(values, *weights[row.name], layer.stride, layer.padding)
            case AveragePooling(size=size) if not row.parameters:
                sums = average_pool(values, size)
            case FullyConnected() if row.parameters:
                sums = dense(values.ravel(), *weights[row.name])
            case _:
                raise ValueError(f"network must have layers of the course, not {row.layer}.")
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
