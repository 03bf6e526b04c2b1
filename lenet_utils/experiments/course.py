"""Chapter 10's training: the recipe with five seeds, and one change at a time with three.

Only the recipe itself is measured on the test set, once for each seed; the changes are
compared on the validation images. Seed 0's weights are the ones that the course ships.
"""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path

import numpy as np

from lenet_utils import mnist, models, training
from lenet_utils.experiments import RESULTS, run_all, whole_mnist, write_result, write_whole
from lenet_utils.training import Recipe

SEEDS = range(5)
CHANGES = {
    "no shift": {"shift": 0},
    "shift by 2": {"shift": 2},
    "constant rate": {"decay": False, "peak_rate": 1e-3},
    "half the rate": {"peak_rate": 1e-3},
    "twice the rate": {"peak_rate": 4e-3},
    "batches of 128": {"batch_size": 128},
    "batches of 32": {"batch_size": 32},
    "ten epochs": {"epochs": 10},
}


def pack(model) -> bytes:
    """Return a model's weights as the bytes of an .npz file, rounded to float16."""
    arrays = {}
    for name, (kernel, bias) in models.weights_of(model).items():
        arrays[f"{name}/kernel"] = kernel.astype(np.float16)
        arrays[f"{name}/bias"] = bias.astype(np.float16)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def one_run(name: str, seed: int, recipe: dict, final: bool, work: str) -> dict:
    """Train once; a `final` run keeps its weights after every epoch and is tested."""
    data = mnist.load()
    split = data.split()
    models.seed(seed)
    model = models.build()
    folder = Path(work) / "course"

    def keep(epoch, _history=None):
        if final:
            write_whole(folder / f"{name}-epoch-{epoch}.npz", pack(model))

    keep(0)
    history = training.train(
        model,
        split.train_images,
        split.train_labels,
        Recipe(**recipe),
        seed,
        (split.validation_images, split.validation_labels),
        after_epoch=keep,
    )
    outcome = {"history": asdict(history), "validation_error": history.validation_error[-1]}
    if final:
        outcome["test_error"] = models.error_rate(model, data.test_images, data.test_labels)
    return outcome


def main(jobs: int = 1, work: Path = Path(".experiments"), folder: Path = RESULTS) -> None:
    """Run everything that is not there yet, then write course.json and course_weights.npz."""
    data = whole_mnist()
    plain = asdict(Recipe())
    runs = [
        (f"recipe-seed-{seed}", {"seed": seed, "recipe": plain, "final": True, "work": str(work)})
        for seed in SEEDS
    ]
    for change, settings in CHANGES.items():
        slug = change.replace(" ", "-")
        recipe = asdict(Recipe(**{**plain, **settings}))
        runs += [
            (
                f"{slug}-seed-{seed}",
                {"seed": seed, "recipe": recipe, "final": False, "work": str(work)},
            )
            for seed in list(SEEDS)[:3]
        ]
    finished = run_all("course", one_run, runs, jobs, work)
    for run in finished:
        run["change"] = "" if run["final"] else run["name"].rsplit("-seed-", 1)[0].replace("-", " ")
    weights = (work / "course" / f"recipe-seed-0-epoch-{Recipe().epochs}.npz").read_bytes()
    write_whole(folder / "course_weights.npz", weights)
    model = models.trained(folder / "course_weights.npz")
    tested = models.error_rate(model, data.test_images, data.test_labels)
    write_result(
        "course", finished, "the whole MNIST", folder,
        shipped={"seed": 0, "precision": "float16", "test_error": tested},
    )  # fmt: skip
