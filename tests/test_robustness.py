"""Changed images are what they should be, and the recorded curves belong to the weights."""

import numpy as np
import pytest

pytest.importorskip("numba")

from lenet_utils import figures, mnist, models, original
from lenet_utils.architecture import LENET5_1998
from lenet_utils.experiments import RESULTS, read_result, robustness
from lenet_utils.experiments.patterns import unpack

TEN = np.stack([mnist.digit(label) for label in range(10)])
WIDE = np.pad(TEN, ((0, 0), (2, 2), (2, 2)))


@pytest.mark.parametrize("kind", robustness.CHANGES)
def test_no_change_changes_nothing(kind):
    _, amounts = robustness.CHANGES[kind]
    nothing = {"scale": 1, "shift": 0, "turn": 0, "noise": 0}[kind]
    assert nothing in amounts
    assert list(amounts) == sorted(amounts)
    low, high = robustness.STATED[kind]
    assert {low, high} <= set(amounts)
    assert np.array_equal(robustness.changed(TEN, kind, nothing), WIDE)


def test_changes_are_the_ones_of_the_course():
    down = robustness.changed(TEN, "shift", 4)
    assert np.array_equal(down[:, 4:], WIDE[:, :-4])
    assert not down[:, :4].any()
    quarter = robustness.changed(TEN, "turn", 90)
    assert np.array_equal(quarter, np.rot90(WIDE, axes=(1, 2)))
    noisy = robustness.changed(TEN, "noise", 0.2)
    hit = noisy != WIDE
    assert 0.15 < hit.mean() < 0.25
    assert np.array_equal(noisy[hit], 255 - WIDE[hit])
    with pytest.raises(ValueError, match="kind must be one of scale, shift, turn, noise"):
        robustness.changed(TEN, "mirror", 1)


def test_noise_is_drawn_anew_for_each_seed_and_leaves_its_input_alone():
    images = np.repeat(TEN, 250, axis=0)  # more than are changed at a time
    before = images.copy()
    one, other = (robustness.inverted(images, 0.1, seed) for seed in (1, 2))
    assert np.array_equal(images, before)
    assert np.array_equal(one, robustness.inverted(images, 0.1, 1))
    clean = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    for noisy in (one, other):
        hit = noisy != clean
        assert abs(hit.mean() - 0.1) < 0.002
        assert np.all(abs(hit.mean(axis=0) - 0.1) < 0.04)  # everywhere in the image
        assert np.array_equal(noisy[hit], 255 - clean[hit])
    assert ((one != clean) & (other != clean)).mean() < 0.02


def test_the_courses_network_is_the_one_of_keras():
    given = robustness.course_trainer().scores(TEN).argmax(axis=1)
    assert np.array_equal(given, models.answers(models.trained(), TEN))


def test_missing_weights_are_named_with_their_command(tmp_path):
    with pytest.raises(ValueError, match=r"passes-seed-0.npz are not there yet.*experiments pass"):
        robustness.robustness(work=tmp_path, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_training_with_noise_writes_its_weights_and_its_errors(tmp_path, monkeypatch):
    data = TEN, np.arange(10)
    monkeypatch.setattr(robustness, "data_for", lambda judged, patterns: (*data, *data))
    loss = {"kind": "MAP", "j": 1.0, "scale": 1 / 84}
    outcome = robustness.train_noisy("toy", 0, 0.1, [5e-4] * 2, loss, 1.0, str(tmp_path))
    assert len(outcome["history"]) == 2
    assert {"test_error", "noisy_test_error", "train_error"} <= set(outcome["history"][1])
    trainer = unpack(tmp_path / "weights" / "toy.npz", LENET5_1998)
    assert trainer.error_rate(*data) == pytest.approx(outcome["test_error"], abs=0.11)


def has(name: str) -> bool:
    return (RESULTS / f"{name}.json").exists()


@pytest.mark.skipif(not has("robustness"), reason="the curves are not measured yet")
def test_the_recorded_curves_are_those_of_all_networks():
    runs = {run["kind"]: run for run in read_result("robustness")["runs"]}
    assert set(runs) == set(robustness.CHANGES)
    wanted = 1 + 2 * len(robustness.SEEDS) + len(robustness.NOISE_SEEDS)
    for kind, (_, amounts) in robustness.CHANGES.items():
        run = runs[kind]
        assert run["amounts"] == list(amounts)
        assert len(run["networks"]) == len(run["errors"]) == wanted
        assert all(len(errors) == len(amounts) for errors in run["errors"])
        # Where nothing is changed, all four runs saw the same images.
        clean = [errors[run["amounts"].index(1 if kind == "scale" else 0)]
                 for errors in run["errors"]]  # fmt: skip
        assert clean == [errors[4] for errors in runs["turn"]["errors"]]


@pytest.mark.skipif(not has("robustness"), reason="the curves are not measured yet")
@pytest.mark.parametrize("kind", robustness.CHANGES)
def test_a_recorded_point_is_measured_again(kind):
    data = mnist.load()
    if not data.full:
        pytest.skip("the whole MNIST is not at hand")
    run = next(run for run in read_result("robustness")["runs"] if run["kind"] == kind)
    which = [each["training"] for each in run["networks"]].index(robustness.COURSE)
    images = robustness.changed(data.test_images[:: run["every"]], kind, run["amounts"][-1])
    error = robustness.course_trainer().error_rate(images, data.test_labels[:: run["every"]])
    assert error == pytest.approx(run["errors"][which][-1], abs=0.002)


@pytest.mark.skipif(not has("noise"), reason="the training with noise was not run yet")
def test_the_weights_trained_with_noise_reach_what_is_recorded():
    result = read_result("noise")
    data = mnist.load()
    trainer = unpack(RESULTS / "noise_weights.npz", LENET5_1998)
    error = trainer.error_rate(data.test_images, data.test_labels)
    assert error < 0.05
    assert not data.full or abs(error - result["record"]["shipped"]["test_error"]) <= 2e-4
    for run in result["runs"]:
        assert run["history"][-1]["noisy_test_error"] == run["noisy_test_error"]


def test_the_layers_are_drawn_in_a_row_for_each_input():
    states = models.states(original.build(), mnist.to_input(TEN[:2]))
    cases = [(f"digit {n}", {layer: value[n] for layer, value in states.items()}) for n in (0, 1)]
    figure = figures.layers(cases)
    assert len(figure.axes) == 2 * 8
    answers = [axes.texts[0].get_text() for axes in figure.axes[7::8]]
    assert answers == [str(penalties.argmin()) for penalties in states["Output"]]
    f6 = figure.axes[6].images[0].get_array()
    assert np.array_equal(f6, states["F6"][0].reshape(12, 7))  # as the codes of Fig. 3 lie
    c1 = figure.axes[1].images[0].get_array()
    assert np.array_equal(c1[:28, :28], states["C1"][0, :, :, 0])
    assert np.array_equal(c1[-28:, -28:], states["C1"][0, :, :, 5])
    assert figures.fading(0) == 1
    assert figures.fading(20) > figures.fading(60) > figures.fading(10**4) > 0


def test_a_sheet_has_every_image_below_its_caption():
    figure = figures.sheet(TEN, [f"digit {n}\nof ten" for n in range(10)], columns=4)
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == [f"digit {n}\nof ten" for n in range(10)]
    for number, (image, text) in enumerate(zip(axes.images, axes.texts, strict=True)):
        assert np.array_equal(image.get_array(), TEN[number])
        left, right, bottom, top = image.get_extent()
        assert 0 <= left < text.get_position()[0] < right <= figures.WIDTH
        assert 0 <= bottom < top < text.get_position()[1]
    with pytest.raises(ValueError, match="captions must be 10, one an image, not 1"):
        figures.sheet(TEN, ["one"])
