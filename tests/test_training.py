"""The recipe's loop learns, repeats itself, and refuses what does not fit."""

import numpy as np
import pytest

from lenet_utils import mnist, models, training
from lenet_utils.training import Recipe


@pytest.fixture(scope="module")
def digits():
    sample = mnist._sample()
    return sample.train_images[::4], sample.train_labels[::4]


def train_once(digits, seed=0, **choices):
    models.seed(seed)
    model = models.build()
    recipe = Recipe(**{"epochs": 2, "batch_size": 50, **choices})
    history = training.train(model, *digits, recipe, seed, validation=digits)
    return model, history


def test_training_learns_and_repeats_itself(digits):
    model, history = train_once(digits)
    again, same = train_once(digits)
    assert history.validation_error[-1] < 0.5 < history.train_error[0]
    assert history.train_loss == same.train_loss
    for ours, theirs in zip(model.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(ours, theirs)
    _, other = train_once(digits, seed=1)
    assert other.train_loss != history.train_loss


def test_one_step_is_keras_own(digits):
    """A pass of one batch, without shifts, moves the weights as model.fit does."""
    images, labels = digits[0][:50], digits[1][:50]
    recipe = Recipe(epochs=1, batch_size=50, shift=0, decay=False, peak_rate=1e-3)
    models.seed(0)
    ours = models.build()
    theirs = models.build()
    theirs.set_weights(ours.get_weights())
    training.train(ours, images, labels, recipe, seed=0)
    theirs.compile("adam", "sparse_categorical_crossentropy")
    theirs.fit(mnist.to_input(images), labels, batch_size=50, verbose=0)
    for left, right in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(left, right, atol=2e-5)


@pytest.mark.parametrize(("channels", "filters", "size"), [(1, 6, 5), (3, 4, 3), (2, 1, 1)])
def test_convolving_by_rows_is_keras_own(channels, filters, size):
    keras = models.import_keras()
    import tensorflow as tf

    random = np.random.default_rng(channels)
    inputs = random.normal(size=(4, 12, 9, channels)).astype(np.float32)
    layer = keras.layers.Conv2D(filters, size, activation="tanh", bias_initializer="normal")
    slopes = []
    for compute in (layer, lambda values: training.convolve_by_rows(layer, values)):
        with tf.GradientTape() as tape:
            output = compute(inputs)
            loss = tf.reduce_sum(output**2)
        slopes.append([output, *tape.gradient(loss, layer.trainable_variables)])
    for theirs, ours in zip(*slopes, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-4)


def test_shifts_move_images_by_whole_pixels(digits):
    """With a network that hands its input through, the loop's own batches can be seen."""
    seen = []

    class Spy:
        trainable_variables = ()

        def __call__(self, inputs, training):
            seen.append(inputs)
            raise StopIteration

    images, labels = digits[0][:4], digits[1][:4]
    recipe = Recipe(epochs=1, batch_size=4, shift=2)
    epoch = training._epoch_in_graph(Spy(), None, images, labels, recipe)
    corners = np.array([[0, 0], [2, 2], [4, 4], [1, 3]], np.int32)
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    try:
        with pytest.raises(StopIteration):
            epoch(np.arange(4, dtype=np.int32), corners, np.ones(1, np.float32))
    finally:
        tf.config.run_functions_eagerly(False)
    wide = np.pad(mnist.to_input(images), ((0, 0), (2, 2), (2, 2), (0, 0)), constant_values=-0.1)
    for number, (row, column) in enumerate(corners):
        expected = wide[number, row : row + 32, column : column + 32]
        np.testing.assert_allclose(seen[0][number], expected, atol=1e-6)


def test_rates_rise_and_fall():
    rates = Recipe(epochs=4, peak_rate=0.01).rates(50)
    assert len(rates) == 200
    assert np.argmax(rates) in (49, 50)
    assert np.isclose(rates.max(), 0.01)
    assert np.all(np.diff(rates[:50]) > 0)
    assert np.all(np.diff(rates[51:]) < 0)
    assert rates[-1] < 1e-5
    assert set(Recipe(decay=False, peak_rate=0.5).rates(3)) == {0.5}


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"epochs": 0}, "epochs must be at least 1, not 0"),
        ({"batch_size": -1}, "batch_size must be at least 1, not -1"),
        ({"peak_rate": 0}, "peak_rate must be positive, not 0"),
        ({"peak_rate": float("nan")}, "peak_rate must be positive, not nan"),
        ({"warm_up": -1}, "warm_up must be 0 or more epochs, not -1"),
        ({"shift": 5}, "shift must be between 0 and 4 pixels, not 5"),
    ],
)
def test_wrong_choices_get_a_sentence(choices, sentence):
    with pytest.raises(ValueError, match=sentence):
        Recipe(**choices)


def test_wrong_images_and_labels_get_a_sentence(digits):
    images, labels = digits
    model = models.build()
    with pytest.raises(ValueError, match="images must be uint8"):
        training.train(model, mnist.to_input(images), labels, Recipe(), 0)
    with pytest.raises(ValueError, match="labels must have shape"):
        training.train(model, images, labels[1:], Recipe(), 0)
    with pytest.raises(ValueError, match="labels must be 0 to 9"):
        training.train(model, images, labels + 1, Recipe(), 0)
    with pytest.raises(ValueError, match="images must be at least one"):
        training.train(model, images[:0], labels[:0], Recipe(), 0)
