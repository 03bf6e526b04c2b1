"""The experiments of Part III: their settings, their weights, and what the package ships."""

import io

import numpy as np
import pytest

pytest.importorskip("numba")

from lenet_utils import experiments, mnist, paper, sdlm
from lenet_utils.architecture import LENET4
from lenet_utils.experiments import original, patterns, relatives

SHIPPED = ["passes", "calmer", "distorted"]


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (
            {"network": "LeNet-9"},
            "network must be one of 'LeNet-1', 'LeNet-1, softmax output', 'LeNet-4'",
        ),
        ({"distortion": "wild"}, "distortion must be one of 'none', 'Fig. 7', 'gentle'"),
        ({"judged": "train"}, "judged must be one of 'validation', 'test'"),
    ],
)
def test_settings_know_their_names(bad, sentence):
    with pytest.raises(ValueError, match=sentence):
        patterns.settings(**bad)


def test_only_the_whole_set_is_trained_on(monkeypatch, tmp_path):
    monkeypatch.setenv("LENET_MNIST", "sample")
    for experiment in (original.passes, relatives.relatives):
        with pytest.raises(ValueError, match="needs the whole MNIST"):
            experiment(work=tmp_path, folder=tmp_path)
    assert not list(tmp_path.glob("*.json"))


def test_weights_are_kept_to_the_precision_of_float16(tmp_path):
    trainer = sdlm.Trainer(seed=3)
    path = tmp_path / "weights.npz"
    path.write_bytes(patterns.pack(trainer))
    back = patterns.unpack(path)
    np.testing.assert_allclose(back.weights, trainer.weights, rtol=1e-3, atol=1e-6)
    assert not back.weights[~back.free].any()


def test_weights_that_are_cut_or_of_another_network_are_refused(tmp_path):
    path = tmp_path / "weights.npz"
    content = patterns.pack(sdlm.Trainer())
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="cannot be read as trained weights"):
        patterns.unpack(path)
    path.write_bytes(patterns.pack(sdlm.Trainer(LENET4)))
    with pytest.raises(ValueError, match="must have 150 weights and 6 biases for C1"):
        patterns.unpack(path)
    with np.load(io.BytesIO(content)) as archive:
        np.savez(path, **{key: archive[key] for key in archive.files if "C3" not in key})
    with pytest.raises(ValueError, match="must have the weights of C3"):
        patterns.unpack(path)


class Guess:
    """A network that answers what it is told."""

    def __init__(self, answers):
        self.answers = np.asarray(answers)

    def scores(self, images):
        return np.eye(10)[self.answers[: len(images)]]


def test_the_second_network_learns_from_half_right_and_half_wrong():
    labels = np.array([0, 1, 2, 3, 4, 5])
    choose = relatives.half_wrong(Guess([0, 1, 2, 3, 9, 9]), np.random.default_rng(0))
    chosen = choose(np.zeros((6, 28, 28)), labels)
    assert sorted(chosen)[2:] == [4, 5]
    assert len(chosen) == 4


def test_the_third_network_learns_where_the_two_disagree():
    choose = relatives.disagreed(Guess([1, 2, 3]), Guess([1, 5, 3]))
    assert list(choose(np.zeros((3, 28, 28)), None)) == [1]


def test_filtering_gives_up_with_a_sentence(monkeypatch):
    images = np.zeros((10_000, 28, 28), np.uint8)
    labels = np.zeros(10_000, np.uint8)
    monkeypatch.setattr(
        relatives, "DISTORTIONS", {relatives.BEST_DISTORTION: type("D", (), {"apply": _as_is})()}
    )
    found, _ = relatives.filtered(lambda _i, _l: np.arange(3), images, labels, 8, 0)
    assert found.shape == (8, 28, 28)
    with pytest.raises(RuntimeError, match="Only 0 of 8 patterns were found"):
        relatives.filtered(lambda _i, _l: np.arange(0), images, labels, 8, 0)


def _as_is(_self, images, _seed, _side):
    return images


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_weights_reach_the_recorded_error(name):
    """On the whole set exactly; on the sample, whose images were trained on, about that."""
    data = mnist.load()
    recorded = experiments.read_result(name)["record"]["shipped"]["test_error"]
    trainer = patterns.unpack(experiments.RESULTS / f"{name}_weights.npz")
    error = trainer.error_rate(data.test_images, data.test_labels)
    assert error == pytest.approx(recorded, abs=1e-4 if data.full else 0.01)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_recorded_error_is_the_count_of_its_wrong_answers(name):
    for run in experiments.read_result(name)["runs"]:
        assert run["judged"] == "test"
        assert run["test_error"] == pytest.approx(len(run["wrong"]) / 10_000)
        assert run["history"][-1]["test_error"] == pytest.approx(run["test_error"])
        assert len(run["history"]) == len(run["schedule"])


@pytest.mark.parametrize("name", ["readings", "choices", "departures"])
def test_choices_never_saw_the_test_set(name):
    for run in experiments.read_result(name)["runs"]:
        assert run["judged"] == "validation"
        assert "test_error" not in run


@pytest.mark.parametrize(
    ("name", "seeds", "most"),
    [
        ("passes", original.SEEDS, 0.011),
        ("calmer", original.SEEDS, 0.010),
        ("distorted", original.SEEDS, 0.008),
        ("boosted", relatives.BOOSTED_SEEDS, 0.007),
    ],
)
def test_what_was_recorded_reaches_what_the_course_says(name, seeds, most):
    """The mean over all seeds that the experiment names, and none left out."""
    runs = experiments.read_result(name)["runs"]
    assert [run["seed"] for run in runs] == list(seeds)
    assert np.mean([run["test_error"] for run in runs]) <= most


def test_what_we_add_to_the_paper_was_chosen_on_validation_images():
    errors = {}
    for run in experiments.read_result("choices")["runs"]:
        errors.setdefault(run["choice"], []).append(run.get("validation_error", 1.0))
    assert {len(each) for each in errors.values()} == {len(original.CHOICE_SEEDS)}

    def best(values, name):
        return min(values, key=lambda value: np.mean(errors[name.format(value)]))

    assert best(["Fig. 7", "gentle"], "distortion {}") == original.BEST_DISTORTION
    scale = best(original.LENET1_SCALES, "LeNet-1, softmax output, scale {:g}")
    assert scale == relatives.CROSS_ENTROPY["scale"]


def test_our_test_error_stays_near_fig_5():
    runs = experiments.read_result("passes")["runs"]
    ours = np.mean([[each["test_error"] for each in run["history"]] for run in runs], axis=0)
    theirs = np.array(paper.learning_curve()["test_error"][: len(ours)])
    assert np.abs(100 * ours - theirs)[4:].max() <= 0.2


def test_three_that_boost_each_other_err_less_than_each():
    for run in experiments.read_result("boosted")["runs"]:
        assert run["test_error"] == pytest.approx(len(run["wrong"]) / 10_000)
        assert run["test_error"] < min(run["single_errors"])


def test_every_departure_has_all_its_seeds():
    runs = experiments.read_result("departures")["runs"]
    for change in {run["change"] for run in runs}:
        seeds = [run["seed"] for run in runs if run["change"] == change]
        assert seeds == list(original.DEPARTURE_SEEDS)
