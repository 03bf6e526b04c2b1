"""What the course's network was after each epoch of its training, and the digits of its page.

Nothing is trained here: `course` has kept the weights of its first run after every epoch, and
each is only asked again. The digits to play with are test images, chosen by rule.
"""

from __future__ import annotations

import base64
import io
import time
from pathlib import Path

import numpy as np

from lenet_utils import mnist, models, reference
from lenet_utils.experiments import RESULTS, write_result, write_whole
from lenet_utils.training import Recipe

RUN = "recipe-seed-0"
WRONG = 12
CLEAR = 0.99
#: The layers whose states are kept, as they cannot be had from C1's kernels or by pooling.
LAYERS = ("C3", "C5", "F6")


def packed(state) -> str:
    """Return a tanh layer's state as base64 of int8, value times 127, map by map."""
    state = np.asarray(state)
    maps = np.moveaxis(state, -1, 0) if state.ndim == 3 else state
    return base64.b64encode(np.rint(maps * 127).astype(np.int8).tobytes()).decode()


def confusion(labels, answers) -> np.ndarray:
    """Return how often each label (row) got each answer (column), as (10, 10) counts."""
    counts = np.zeros((10, 10), dtype=int)
    np.add.at(counts, (np.asarray(labels), np.asarray(answers)), 1)
    return counts


def learned_late(labels, answers) -> int:
    """Return the first image wrong after epochs 1 and 2, and right after every later one.

    `answers` is (epochs + 1, images); epoch 0 is the untrained network. Raises ValueError if
    there is no such image.
    """
    right = np.asarray(answers) == np.asarray(labels)
    found = np.flatnonzero(~right[1] & ~right[2] & right[3:].all(axis=0))
    if not len(found):
        raise ValueError("answers must have an image that only the later epochs get right.")
    return int(found[0])


def page_digits(labels, outputs) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the page's digits, and which of them the network gets wrong.

    Of each class it is the first one that is read right with a share of at least `CLEAR`. Then
    come the wrong ones, the most confident first, at most two of a class and no two with the
    same label and answer. Raises ValueError if a class has no clear one.
    """
    labels, answers = np.asarray(labels), np.argmax(outputs, axis=1)
    chosen = []
    for label in range(10):
        clear = np.flatnonzero((labels == label) & (outputs[:, label] >= CLEAR))
        if not len(clear):
            raise ValueError(f"outputs must read some {label} with a share of {CLEAR}, not none.")
        chosen.append(int(clear[0]))
    missed = np.flatnonzero(labels != answers)
    order = missed[np.argsort(-np.max(outputs[missed], axis=1), kind="stable")]
    pairs: list[tuple[int, int]] = []
    for index in map(int, order):
        pair = (int(labels[index]), int(answers[index]))
        classes = [label for label, _ in pairs]
        if len(pairs) < WRONG and pair not in pairs and classes.count(pair[0]) < 2:
            pairs.append(pair)
            chosen.append(index)
    return np.array(chosen), np.arange(len(chosen)) >= 10


def write_digits(data: mnist.Mnist, folder: Path = RESULTS) -> Path:
    """Write page_digits.npz: images, labels, wrong flags and indices in the test set."""
    indices, wrong = page_digits(
        data.test_labels, models.predict(models.trained(), data.test_images)
    )
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        images=data.test_images[indices],
        labels=data.test_labels[indices],
        wrong=wrong,
        indices=indices.astype(np.int32),
    )
    write_whole(folder / "page_digits.npz", buffer.getvalue())
    return folder / "page_digits.npz"


def main(jobs: int = 1, work: Path = Path(".experiments"), folder: Path = RESULTS) -> None:
    """Write playback.json and page_digits.npz; one process is enough, `jobs` changes nothing.

    Raises FileNotFoundError if `course` has not been run, and ValueError without the whole MNIST.
    """
    data = mnist.load()
    if not data.full:
        raise ValueError("This needs the whole MNIST. Set LENET_MNIST to an mnist.npz.")
    split = data.split()
    images, labels = split.validation_images, split.validation_labels
    paths = [work / "course" / f"{RUN}-epoch-{epoch}.npz" for epoch in range(Recipe().epochs + 1)]
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(
                f"{path} is not there yet. Run: python -m lenet_utils.experiments course"
            )
    answers, runs = [], []
    for epoch, path in enumerate(paths):
        started = time.perf_counter()
        answers.append(models.predict(models.trained(path), images).argmax(axis=1))
        kernel, bias = models.trained_weights(path)["C1"]
        runs.append(
            {
                "name": f"epoch-{epoch}",
                "epoch": epoch,
                "error": float(np.mean(answers[-1] != labels)),
                "confusion": confusion(labels, answers[-1]).tolist(),
                "kernels": [round(float(w), 4) for w in np.moveaxis(kernel, -1, 0).ravel()],
                "biases": [round(float(b), 4) for b in bias],
                "wall_seconds": round(time.perf_counter() - started, 1),
            }
        )
    shown = learned_late(labels, answers)
    for run, path in zip(runs, paths, strict=True):
        states = reference.forward(mnist.to_input(images[shown])[0], models.trained_weights(path))
        run["states"] = {name: packed(states[name]) for name in LAYERS}
        run["output"] = [round(float(share), 4) for share in states["Output"]]
    write_digits(data, folder)
    write_result(
        "playback", runs, "the whole MNIST, 5,000 validation images", folder,
        run=RUN,
        digit={
            "label": int(labels[shown]),
            "validation_index": shown,
            "image": base64.b64encode(images[shown].tobytes()).decode(),
        },
    )  # fmt: skip
