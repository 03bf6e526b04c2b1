"""The Keras network is the table's, the shipped weights are what their record says."""

import io
import subprocess
import sys
from dataclasses import asdict

import numpy as np
import pytest

from lenet_utils import mnist, models, training
from lenet_utils.architecture import LENET5, LENET5_1998, Convolution
from lenet_utils.experiments import read_result


def outline():
    """Return the network as it is usually written down."""
    keras = models.import_keras()
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            layers.Conv2D(6, 5, activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Conv2D(16, 5, activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Conv2D(120, 5, activation="tanh"),
            layers.Flatten(),
            layers.Dense(84, activation="tanh"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def test_built_from_the_table_is_the_outline():
    built, written = models.build(), outline()
    assert [type(layer) for layer in built.layers] == [type(layer) for layer in written.layers]
    assert built.count_params() == written.count_params() == LENET5.parameters
    written.set_weights(built.get_weights())
    images = np.random.default_rng(0).normal(size=(3, 32, 32, 1))
    assert np.array_equal(np.asarray(built(images)), np.asarray(written(images)))


def test_live_layers_have_the_tables_numbers():
    layers = {layer.name: layer for layer in models.build().layers}
    for row in LENET5.rows:
        assert layers[row.name].count_params() == row.parameters
        assert layers[row.name].output.shape[1:] == row.output_shape


def test_layers_without_a_ready_part_are_refused():
    for row in (LENET5_1998["S2"], LENET5_1998["C3"], LENET5_1998["Output"]):
        with pytest.raises(ValueError, match="layer must be one that Keras has ready"):
            models.keras_layer(row.layer)
    with pytest.raises(ValueError, match="layer must be one that Keras has ready"):
        models.keras_layer(Convolution("C", padding=1))


def test_shipped_weights_reach_their_recorded_error():
    shipped = read_result("course")["record"]["shipped"]
    data = mnist.load()
    error = models.error_rate(models.trained(), data.test_images, data.test_labels)
    if data.full:
        # One or two images may stand exactly between two answers on another machine.
        assert abs(error - shipped["test_error"]) <= 2.5e-4
    else:
        assert error < 0.02


def test_record_of_the_course_is_whole_and_meets_its_bounds():
    result = read_result("course")
    record = result["record"]
    assert {"command", "data", "versions", "date", "wall_seconds", "machine"} <= set(record)
    finals = [run for run in result["runs"] if run["final"]]
    assert [run["seed"] for run in finals] == [0, 1, 2, 3, 4]
    assert all(run["recipe"]["epochs"] <= 10 for run in finals)
    assert np.mean([run["test_error"] for run in finals]) <= 0.011
    assert all(run["recipe"] == asdict(training.Recipe()) for run in finals)
    # Only the recipe itself was ever measured on the test set.
    assert all(("test_error" in run) == run["final"] for run in result["runs"])


def weights_file(path, **changes):
    with np.load(models.WEIGHTS) as archive:
        arrays = {key: archive[key] for key in archive.files}
    for key, value in changes.items():
        arrays[key.replace("__", "/")] = value
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
    return path


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"C3__kernel": None}, "has no C3/kernel"),
        ({"C3__kernel": np.zeros((5, 5, 6, 15))}, "must have 2,416 parameters for C3, not"),
        ({"F6__bias": np.array([{}], dtype=object)}, "cannot be read as trained weights"),
    ],
)
def test_wrong_weights_are_refused(tmp_path, changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        models.trained_weights(weights_file(tmp_path / "w.npz", **changes))


def test_missing_and_cut_weights_are_refused(tmp_path):
    with pytest.raises(ValueError, match="cannot be read as trained weights"):
        models.trained_weights(tmp_path / "none.npz")
    cut = tmp_path / "cut.npz"
    cut.write_bytes(models.WEIGHTS.read_bytes()[:5000])
    with pytest.raises(ValueError, match="cannot be read as trained weights"):
        models.trained_weights(cut)


def test_prediction_does_not_depend_on_the_batch():
    model, images = models.trained(), mnist._sample().test_images[:7]
    at_once, by_two = models.predict(model, images), models.predict(model, images, batch_size=2)
    np.testing.assert_allclose(at_once, by_two, atol=1e-5)
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        models.predict(model, images, batch_size=0)
    with pytest.raises(ValueError, match="images must be at least one"):
        models.predict(model, images[:0])
    with pytest.raises(ValueError, match="labels must have shape"):
        models.error_rate(model, images, [1, 2])


def test_importing_keras_is_silent_and_standard_error_works_afterwards():
    code = (
        "import sys\nfrom lenet_utils import models\nmodels.import_keras()\n"
        "models.build()\nprint('still here', file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert done.stderr == "still here\n"


def test_other_backends_are_refused_with_a_sentence():
    code = (
        "from lenet_utils import models\nkeras = models.import_keras()\n"
        "keras.backend.backend = lambda: 'jax'\n"
        "try: models.import_keras()\nexcept ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Keras must run on TensorFlow here, not on jax" in done.stdout


def test_packed_weights_read_back():
    from lenet_utils.experiments.course import pack

    model = models.trained()
    packed = np.load(io.BytesIO(pack(model)))
    for name, (kernel, bias) in models.trained_weights().items():
        assert np.array_equal(packed[f"{name}/kernel"].astype(np.float32), kernel)
        assert np.array_equal(packed[f"{name}/bias"].astype(np.float32), bias)
