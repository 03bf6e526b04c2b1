"""The capstone's reference with a few seeds, and what its two changes do, one at a time.

The changes are judged on validation images. Only the reference is measured on the test set, once
for each seed, after training on what the split leaves. Seed 0's weights are shipped.
"""

from __future__ import annotations

import time
from pathlib import Path

from lenet_utils import capstone, mnist, models
from lenet_utils.experiments import RESULTS, run_all, whole_mnist, write_result, write_whole
from lenet_utils.experiments.patterns import LIBRARIES

SEEDS, VARIANT_SEEDS = range(3), range(2)
EPOCHS = 8
#: Which network, and whether its images are distorted.
VARIANTS = {
    "the reference": {"network": "reference", "distorted": True},
    "without distortions": {"network": "reference", "distorted": False},
    "LeNet-5, with distortions": {"network": "LeNet-5", "distorted": True},
}


def lenet5_with_logits():
    """Return the course's LeNet-5 without its softmax, which the loss here applies itself."""
    model = models.build()
    model.layers[-1].activation = models.import_keras().activations.linear
    return model


def one_run(
    name: str, network: str, distorted: bool, seed: int, epochs: int, final: bool, work: str
) -> dict:
    """Train once; a `final` run keeps its weights and is tested."""
    data = mnist.load()
    split = data.split()
    models.seed(seed)
    model = capstone.build() if network == "reference" else lenet5_with_logits()
    history = []
    started = time.perf_counter()

    def told(error):
        history.append(error)
        spent = time.perf_counter() - started
        print(f"  {name}: pass {len(history)}, {error:.2%} on validation images, {spent:.0f} s")

    held_out = (split.validation_images, split.validation_labels)
    errors = capstone.train(
        model, split.train_images, split.train_labels, epochs, seed,
        capstone.GENTLE if distorted else None, held_out, after_pass=told,
    )  # fmt: skip
    outcome = {
        "parameters": model.count_params(),
        "history": errors,
        "validation_error": errors[-1],
    }
    if final:
        write_whole(Path(work) / "weights" / f"{name}.npz", capstone.pack(model))
        outcome["test_error"] = models.error_rate(model, data.test_images, data.test_labels)
    return outcome


def main(jobs: int = 1, work: Path = Path(".experiments"), folder: Path = RESULTS) -> None:
    """Run what is not there yet, then write capstone.json and capstone_weights.npz."""
    data = whole_mnist()
    runs, variants = [], []
    for variant, settings in VARIANTS.items():
        for seed in SEEDS if variant == "the reference" else VARIANT_SEEDS:
            slug = variant.lower().replace(",", "").replace(" ", "-")
            more = {"seed": seed, "epochs": EPOCHS, "final": variant == "the reference"}
            runs.append((f"capstone-{slug}-seed-{seed}", {**settings, **more, "work": str(work)}))
            variants.append(variant)
    finished = run_all("capstone", one_run, runs, jobs, work)
    for run, variant in zip(finished, variants, strict=True):
        run["variant"] = variant
    path = folder / "capstone_weights.npz"
    write_whole(path, (work / "weights" / f"{runs[0][0]}.npz").read_bytes())
    model = capstone.trained(path)
    tested = models.error_rate(model, data.test_images, data.test_labels)
    shipped = {"seed": 0, "precision": "float16", "test_error": tested}
    write_result("capstone", finished, "the whole MNIST", folder, LIBRARIES, shipped=shipped)
