"""NumPy, Keras and the formulas agree over random layers; wrong arguments get a sentence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenet_utils import mnist, models, reference
from lenet_utils.architecture import (
    LENET5,
    LENET5_1998,
    AveragePooling,
    Convolution,
    FullyConnected,
)

relaxed = settings(deadline=None, max_examples=40)


@st.composite
def convolutions(draw):
    """Return a layer of the table and random maps that fit it."""
    height, width, channels = (draw(st.integers(1, top)) for top in (12, 12, 4))
    padding = draw(st.integers(0, 2))
    kernel = draw(st.integers(1, min(height, width) + 2 * padding))
    layer = Convolution(
        "C",
        filters=draw(st.integers(1, 5)),
        kernel=kernel,
        stride=draw(st.integers(1, 3)),
        padding=padding,
    )
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    maps = random.normal(size=(height, width, channels))
    weights = random.normal(size=(kernel, kernel, channels, layer.filters))
    return layer, maps, weights, random.normal(size=layer.filters)


@relaxed
@given(convolutions())
def test_loops_arrays_and_keras_agree(case):
    layer, maps, kernel, bias = case
    looped = reference.convolve_with_loops(maps, kernel, bias, layer.stride, layer.padding)
    at_once = reference.convolve(maps, kernel, bias, layer.stride, layer.padding)
    assert looped.shape == at_once.shape == layer.output_shape(maps.shape)
    assert kernel.size + bias.size == layer.parameters(maps.shape)
    np.testing.assert_allclose(at_once, looped, atol=1e-10)
    keras = models.import_keras()
    edges = ((0, 0), (layer.padding,) * 2, (layer.padding,) * 2, (0, 0))
    padded = np.pad(maps[np.newaxis], edges).astype(np.float32)
    theirs = keras.layers.Conv2D(layer.filters, layer.kernel, strides=layer.stride)
    theirs.build(padded.shape)
    theirs.set_weights([kernel, bias])
    assert theirs.count_params() == layer.parameters(maps.shape)
    np.testing.assert_allclose(np.asarray(theirs(padded))[0], looped, atol=2e-4)


@relaxed
@given(st.integers(1, 11), st.integers(1, 11), st.integers(1, 3), st.integers(1, 4))
def test_pooling_agrees_with_keras(height, width, channels, size):
    if size > min(height, width):
        return
    maps = np.random.default_rng(height * width).normal(size=(height, width, channels))
    pooled = reference.average_pool(maps, size)
    assert pooled.shape == AveragePooling("S", size=size).output_shape(maps.shape)
    layer = models.import_keras().layers.AveragePooling2D(size)
    np.testing.assert_allclose(np.asarray(layer(maps[np.newaxis]))[0], pooled, atol=1e-6)
    # The 1998 layer is the average if its coefficient is one over the square's pixels.
    same = reference.subsample(maps, np.full(channels, 1 / size**2), np.zeros(channels), size)
    np.testing.assert_allclose(same, pooled, atol=1e-12)


@relaxed
@given(st.integers(1, 20), st.integers(1, 20))
def test_dense_agrees_with_keras(inputs, units):
    random = np.random.default_rng(inputs * units)
    values, kernel = random.normal(size=inputs), random.normal(size=(inputs, units))
    bias = random.normal(size=units)
    layer = models.import_keras().layers.Dense(units)
    layer.build((1, inputs))
    layer.set_weights([kernel, bias])
    assert layer.count_params() == FullyConnected("F", units=units).parameters((inputs,))
    ours = reference.dense(values, kernel, bias)
    np.testing.assert_allclose(np.asarray(layer(values[np.newaxis]))[0], ours, atol=1e-4)


def test_forward_agrees_with_keras_in_every_layer():
    model = models.trained()
    images = mnist.to_input(np.stack([mnist.digit(label) for label in range(10)]))
    theirs = models.states(model, images)
    for number, image in enumerate(images):
        ours = reference.forward(image, models.trained_weights())
        for name in ["Input", *(row.name for row in LENET5.rows)]:
            assert reference.largest_difference(ours[name], theirs[name][number]) < 1e-5


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12),
    st.floats(-1e6, 1e6),
    st.integers(0, 11),
)
def test_softmax_and_cross_entropy(logits, constant, place):
    label = place % len(logits)
    probabilities = reference.softmax(logits)
    assert np.isclose(probabilities.sum(), 1)
    np.testing.assert_allclose(
        reference.softmax(np.add(logits, constant)), probabilities, atol=1e-6
    )
    loss = reference.cross_entropy(logits, label)
    assert np.isfinite(loss)
    assert loss >= -1e-9
    assert np.isclose(reference.cross_entropy_gradient(logits, label).sum(), 0, atol=1e-12)


@given(st.lists(st.floats(-4, 4), min_size=2, max_size=8), st.integers(0, 7))
def test_gradient_matches_differences(logits, place):
    label, step = place % len(logits), 1e-5
    slopes = []
    for number in range(len(logits)):
        ends = []
        for sign in (1, -1):
            moved = np.array(logits)
            moved[number] += sign * step
            ends.append(reference.cross_entropy(moved, label))
        slopes.append((ends[0] - ends[1]) / (2 * step))
    np.testing.assert_allclose(reference.cross_entropy_gradient(logits, label), slopes, atol=1e-6)


def test_scaled_tanh_as_the_paper_defines_it():
    assert np.allclose(reference.scaled_tanh([-1, 0, 1]), [-1, 0, 1], atol=1e-4)


MAPS, KERNEL, BIAS = np.zeros((8, 8, 2)), np.zeros((3, 3, 2, 4)), np.zeros(4)


@pytest.mark.parametrize("convolve", [reference.convolve, reference.convolve_with_loops])
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((np.zeros((8, 8)), KERNEL, BIAS), "maps must have shape"),
        ((np.zeros((0, 8, 2)), KERNEL, BIAS), "maps must have shape"),
        ((MAPS, KERNEL[..., 0], BIAS), "kernel must have shape"),
        ((MAPS, np.zeros((3, 3, 1, 4)), BIAS), "kernel must have 2 channels, as its input has"),
        ((MAPS, KERNEL, np.zeros(3)), "bias must have shape"),
        ((MAPS, np.zeros((9, 9, 2, 4)), BIAS), "at most the padded input of 8 pixels, not 9"),
        ((MAPS, KERNEL, BIAS, 0), "stride must be at least 1, not 0"),
        ((MAPS, KERNEL, BIAS, 1, -1), "padding must be at least 0, not -1"),
    ],
)
def test_convolution_refuses_what_does_not_fit(convolve, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        convolve(*arguments)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: reference.average_pool(np.zeros((8, 8))), "maps must have shape"),
        (lambda: reference.average_pool(MAPS, 9), "at most the padded input"),
        (lambda: reference.subsample(MAPS, np.ones(3), np.ones(2)), "coefficients must have"),
        (lambda: reference.dense(np.zeros(3), np.zeros((4, 2)), np.zeros(2)), "values must have"),
        (lambda: reference.dense(np.zeros(4), np.zeros(4), np.zeros(2)), "kernel must have"),
        (lambda: reference.dense(np.zeros(4), np.zeros((4, 2)), np.zeros(3)), "bias must have"),
        (lambda: reference.softmax([1, np.nan]), "logits must be finite"),
        (lambda: reference.softmax([]), "at least one value"),
        (lambda: reference.cross_entropy([[1, 2]], 0), "logits must have shape"),
        (lambda: reference.cross_entropy([1, 2], 2), "label must be between 0 and 1, not 2"),
        (lambda: reference.forward(np.zeros((28, 28, 1)), {}), "image must have shape"),
        (lambda: reference.forward(np.zeros((32, 32, 1)), {}), "must have an entry for C1"),
        (
            lambda: reference.forward(
                np.zeros((32, 32, 1)), {**models.trained_weights(), "S2": ()}, LENET5_1998
            ),
            "weights of S2 must be two arrays, not 0",
        ),
        (lambda: reference.largest_difference([1], [1, 2]), "both must have one shape"),
    ],
)
def test_other_functions_refuse_what_does_not_fit(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
