"""Trainings one pattern at a time: what every experiment of Part III has in common.

A run is described by plain values, so that it can be written down beside its outcome. Those
that are "judged" on validation images never see the test set; those judged on the test set
train on all 60,000 images (or the first few of them), with settings chosen before.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from lenet_utils import sdlm
from lenet_utils.architecture import DEPARTURES, LENET1, LENET4, LENET5_1998, FullyConnected
from lenet_utils.distort import FIGURE_7, GENTLE, shrink
from lenet_utils.experiments import whole_mnist, write_whole

SOFTMAX = FullyConnected("Output", units=10, activation="softmax")
NETWORKS = {
    "LeNet-1": LENET1,
    "LeNet-1, softmax output": LENET1.replace(SOFTMAX),
    "LeNet-4": LENET4,
    "LeNet-5": LENET5_1998,
    **DEPARTURES,
}
DISTORTIONS = {
    "none": None,
    "Fig. 7": FIGURE_7,
    "gentle": GENTLE,
}
LIBRARIES = ("numba", "scipy")


def settings(
    network: str = "LeNet-5", kind: str = "MAP", j: float = 10.0, scale: float = 1 / 42,
    power: float = 1.0, schedule=sdlm.SCHEDULE, distortion: str = "none", seed: int = 0,
    patterns: int | None = None, judged: str = "validation", work: Path = Path(".experiments"),
    reach: float | None = None, curved: str | None = None,
) -> dict:  # fmt: skip
    """Return the arguments of one run; ValueError for a name that does not exist.

    What is not in every run (`reach`, `curved`) is written down only where it is set.
    """
    for name, value, known in (
        ("network", network, NETWORKS),
        ("distortion", distortion, DISTORTIONS),
        ("judged", judged, ("validation", "test")),
    ):
        if value not in known:
            raise ValueError(f"{name} must be one of {', '.join(map(repr, known))}, not {value!r}.")
    loss = {"kind": kind, "j": j, "scale": scale}
    return {
        "network": network, "loss": loss, "power": power, "schedule": list(schedule),
        "distortion": distortion, "seed": seed, "patterns": patterns, "judged": judged,
        "work": str(work), **({"reach": reach} if reach else {}),
        **({"curved": curved} if curved else {}),
    }  # fmt: skip


def pack(trainer) -> bytes:
    """Return the trained weights as the bytes of an .npz file, rounded to float16."""
    arrays = {}
    for name, (kernel, bias) in trainer.named().items():
        arrays[f"{name}/kernel"] = kernel.astype(np.float16)
        arrays[f"{name}/bias"] = bias.astype(np.float16)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def unpack(path: Path, network=LENET5_1998):
    """Return a Trainer of `network` with the weights of a file that `pack` made.

    Raises ValueError if the file cannot be read, or does not fit the network.
    """
    trainer = sdlm.Trainer(network)
    try:
        with np.load(path, allow_pickle=False) as archive:
            stored = {key: archive[key].astype(np.float32) for key in archive.files}
    except Exception as error:
        raise ValueError(f"{path} cannot be read as trained weights: {error}.") from error
    trainer.load(
        {
            row.name: (stored[f"{row.name}/kernel"], stored[f"{row.name}/bias"])
            for row in trainer.rows
            if f"{row.name}/kernel" in stored and f"{row.name}/bias" in stored
        }
    )
    return trainer


def data_for(judged: str, patterns: int | None = None):
    """Return (images, labels, judged images, judged labels) of the whole MNIST."""
    data = whole_mnist()
    if judged == "test":
        images, labels = data.train_images[:patterns], data.train_labels[:patterns]
        return images, labels, data.test_images, data.test_labels
    split = data.split()
    images, labels = split.train_images[:patterns], split.train_labels[:patterns]
    return images, labels, split.validation_images, split.validation_labels


def shown_to(network: str, images):
    """Return uint8 images as a network of that name sees them: LeNet-1 has 16x16 pixels."""
    return shrink(images) if network.startswith("LeNet-1") else images


def wrong_answers(scores, labels) -> list[list[int]]:
    """Return [index, answer] of each image whose best score is not its label's."""
    answers = scores.argmax(axis=1)
    return [[int(index), int(answers[index])] for index in np.flatnonzero(answers != labels)]


def train_once(
    name: str, network: str, loss: dict, power: float, schedule: list, distortion: str,
    seed: int, patterns: int | None, judged: str, work: str, reach: float = 2.4,
    curved: str | None = None,
) -> dict:  # fmt: skip
    """Do one run, keep its weights in `work`, and return what was measured."""
    images, labels, judged_images, judged_labels = data_for(judged, patterns)
    images, judged_images = (shown_to(network, each) for each in (images, judged_images))
    trainer = sdlm.Trainer(NETWORKS[network], sdlm.Loss(**loss), seed, power=power, reach=reach)
    other = sdlm.Loss(**{**loss, "kind": curved}) if curved else None
    distorted = DISTORTIONS[distortion]
    side = trainer.network.input_shape[0]
    steps = trainer.rates(schedule[0], trainer.curvature(images[:500], labels[:500], loss=other))

    def prepare(number):
        return distorted.apply(images, 1000 * seed + number, side)

    def after_pass(number, record):
        error = trainer.error_rate(judged_images, judged_labels)
        print(
            f"  {name}: pass {number} of {len(schedule)}, "
            f"{record['train_error']:.2%} wrong on the fly, {error:.2%} on {judged} images",
            flush=True,
        )
        return {f"{judged}_error": error}

    outcome = {"effective_rates": [float(steps[trainer.free].min()), float(steps.max())]}
    try:
        history = sdlm.train(
            trainer, images, labels, schedule, seed, prepare if distorted else None,
            after_pass, other,
        )  # fmt: skip
    except FloatingPointError:
        return {**outcome, "diverged": True}
    scores = trainer.scores(judged_images)
    wrong = wrong_answers(scores, judged_labels)
    write_whole(Path(work) / "weights" / f"{name}.npz", pack(trainer))
    outcome |= {"history": history, f"{judged}_error": len(wrong) / len(scores)}
    return outcome | ({"wrong": wrong} if judged == "test" else {})
