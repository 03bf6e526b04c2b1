"""The capstone: its reference fits the budget, learns, and is what its experiment recorded."""

import numpy as np
import pytest

pytest.importorskip("numba")

from lenet_utils import capstone, experiments, mnist, models
from lenet_utils.architecture import LENET5
from lenet_utils.experiments import capstone as experiment


@pytest.fixture(scope="module")
def digits():
    sample = mnist._sample()
    return sample.train_images[::16], sample.train_labels[::16]


def test_the_reference_fits_the_budget():
    model = capstone.build()
    assert LENET5.parameters == capstone.BUDGET
    assert model.count_params() <= capstone.BUDGET
    assert model.output_shape == (None, 10)


def test_it_takes_what_the_course_gives():
    images = mnist.digit(3)[np.newaxis]
    wide = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    np.testing.assert_allclose(mnist.to_levels(wide), mnist.to_input(images), atol=1e-6)


@pytest.mark.parametrize("distortion", [None, capstone.GENTLE])
def test_it_learns_and_follows_its_seed(digits, distortion):
    def trained(seed):
        models.seed(seed)
        model = capstone.build()
        told = []
        errors = capstone.train(model, *digits, 3, seed, distortion, digits, after_pass=told.append)
        assert told == errors
        return errors, model.get_weights()

    errors, weights = trained(0)
    assert errors[-1] < 0.5
    assert errors == trained(0)[0]
    _, others = trained(1)
    assert any(np.abs(a - b).max() > 1e-3 for a, b in zip(weights, others, strict=True))


def test_bad_input_gets_a_sentence(digits, tmp_path):
    with pytest.raises(ValueError, match="epochs must be at least 1, not 0"):
        capstone.train(capstone.build(), *digits, epochs=0)
    with pytest.raises(ValueError, match="labels must have shape"):
        capstone.train(capstone.build(), digits[0], digits[1][:5])
    path = tmp_path / "weights.npz"
    with pytest.raises(ValueError, match="cannot be read as the capstone's weights"):
        capstone.trained(path)
    path.write_bytes(capstone.WEIGHTS.read_bytes()[:5000])
    with pytest.raises(ValueError, match="cannot be read as the capstone's weights"):
        capstone.trained(path)
    path.write_bytes(capstone.pack(models.build()))
    with pytest.raises(ValueError, match="cannot be read as the capstone's weights"):
        capstone.trained(path)


def test_the_experiment_wants_the_whole_set(monkeypatch, tmp_path):
    monkeypatch.setenv("LENET_MNIST", "sample")
    with pytest.raises(ValueError, match="needs the whole MNIST"):
        experiment.main(work=tmp_path, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_shipped_weights_reach_the_recorded_error():
    data = mnist.load()
    recorded = experiments.read_result("capstone")["record"]["shipped"]["test_error"]
    error = models.error_rate(capstone.trained(), data.test_images, data.test_labels)
    assert error == pytest.approx(recorded, abs=2e-4 if data.full else 0.01)


def test_only_the_reference_saw_the_test_set():
    runs = experiments.read_result("capstone")["runs"]
    assert {run["variant"] for run in runs} == set(experiment.VARIANTS)
    for run in runs:
        assert ("test_error" in run) == (run["variant"] == "the reference")
        assert run["history"][-1] == run["validation_error"]
        assert len(run["history"]) == run["epochs"]
        assert run["parameters"] <= capstone.BUDGET
