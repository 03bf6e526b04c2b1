"""LeNet-5's relatives in Fig. 9: LeNet-1, LeNet-4, and three LeNet-4s that boost each other.

Boosting as the paper tells it (section III-C, after Drucker, Schapire and Simard): the second
network learns from patterns of which the first gets half right and half wrong, the third from
those on which the two disagree, and their outputs are added. Distorted images supply enough.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lenet_utils import sdlm
from lenet_utils.architecture import LENET4
from lenet_utils.experiments import (
    RESULTS,
    is_run,
    recorded_runs,
    run_all,
    write_result,
    write_whole,
)
from lenet_utils.experiments.original import BEST_DISTORTION, WHOLE
from lenet_utils.experiments.patterns import (
    DISTORTIONS,
    LIBRARIES,
    NETWORKS,
    data_for,
    pack,
    settings,
    shown_to,
    train_once,
    unpack,
    wrong_answers,
)
from lenet_utils.methods import rejected_percent

#: On all images a scale of 1 diverges; this one was chosen on validation images.
SQUARED = {"kind": "squared", "scale": 0.3}
#: The other loss for LeNet-1; its scale was chosen on validation images, by `choices`.
CROSS_ENTROPY = {"kind": "cross-entropy", "scale": 0.3}
FILTERED = 20_000  # patterns that the second and the third network learn from
RELATIVES_SEEDS = BOOSTED_SEEDS = range(5)


def filtered(choose, images, labels, count: int, seed: int):
    """Return `count` distorted patterns, (images, labels), that `choose(images, labels)` picks.

    `choose` returns the indices that it wants of a batch. Batches are distorted and offered
    until there are enough. Raises RuntimeError if 200 batches are not.
    """
    picked, batch = [], 10_000
    random = np.random.default_rng(seed)
    have = 0
    for number in range(200):
        among = random.choice(len(images), batch, replace=False)
        offered = DISTORTIONS[BEST_DISTORTION].apply(images[among], 100_000 * seed + number, 32)
        wanted = choose(offered, labels[among])
        picked.append((offered[wanted], labels[among][wanted]))
        have += len(wanted)
        if have >= count:
            chosen_images, chosen_labels = (
                np.concatenate(part) for part in zip(*picked, strict=True)
            )
            return chosen_images[:count], chosen_labels[:count]
    raise RuntimeError(f"Only {have:,} of {count:,} patterns were found in 200 batches.")


def half_wrong(first, random):
    """Return a rule that picks every pattern that `first` gets wrong, and as many others."""

    def choose(images, labels):
        right = first.scores(images).argmax(axis=1) == labels
        wrong = np.flatnonzero(~right)
        others = np.flatnonzero(right)
        return np.concatenate([wrong, random.choice(others, min(len(wrong), len(others)), False)])

    return choose


def disagreed(first, second):
    """Return a rule that picks the patterns that two networks answer differently."""

    def choose(images, _labels):
        return np.flatnonzero(
            first.scores(images).argmax(axis=1) != second.scores(images).argmax(axis=1)
        )

    return choose


def boost(name: str, first: str, seed: int, count: int, schedule: list, work: str) -> dict:
    """Train the second and the third network, and test the sum of the three."""
    images, labels, test_images, test_labels = data_for("test")
    networks = [unpack(Path(work) / "weights" / f"{first}.npz", LENET4)]
    random = np.random.default_rng(seed)
    for number in (2, 3):
        choose = half_wrong(networks[0], random) if number == 2 else disagreed(*networks)
        chosen = filtered(choose, images, labels, count, 10 * seed + number)
        trainer = sdlm.Trainer(LENET4, sdlm.Loss(**SQUARED), 10 * seed + number)
        sdlm.train(trainer, *chosen, schedule, seed=seed)
        write_whole(Path(work) / "weights" / f"{name}-{number}.npz", pack(trainer))
        networks.append(trainer)
    scores = [network.scores(test_images) for network in networks]
    wrong = wrong_answers(sum(scores), test_labels)
    return {
        "rejected_percent": rejected_percent(sum(scores), test_labels),
        "single_errors": [float(np.mean(s.argmax(axis=1) != test_labels)) for s in scores],
        "test_error": len(wrong) / len(test_labels),
        "wrong": wrong,
    }


def relatives(jobs: int = 1, work: Path = Path(".experiments"), folder: Path = RESULTS) -> None:
    """LeNet-1 on 16x16 images and LeNet-4 on regular ones; LeNet-1 with another loss as well."""
    rows = (
        ("lenet-1", "LeNet-1", SQUARED),
        ("lenet-1-softmax", "LeNet-1, softmax output", CROSS_ENTROPY),
        ("lenet-4", "LeNet-4", SQUARED),
    )
    runs = [
        (f"{name}-seed-{seed}", settings(network, **loss, seed=seed, judged="test", work=work))
        for name, network, loss in rows
        for seed in RELATIVES_SEEDS
    ]
    before = recorded_runs("relatives", folder, LIBRARIES)
    finished = run_all("relatives", train_once, runs, jobs, work, before)
    _, _, images, labels = data_for("test")
    for run in finished:
        if "rejected_percent" in run:
            continue
        network = run["network"]
        trainer = unpack(Path(work) / "weights" / f"{run['name']}.npz", NETWORKS[network])
        scores = trainer.scores(shown_to(network, images))
        run["rejected_percent"] = rejected_percent(scores, labels)
    write_result("relatives", finished, WHOLE, folder, LIBRARIES)


def boosted(jobs: int = 1, work: Path = Path(".experiments"), folder: Path = RESULTS) -> None:
    """Boosted LeNet-4: the first networks with distortions, then what their errors teach."""
    firsts, runs = [], []
    for seed in BOOSTED_SEEDS:
        first = settings(
            "LeNet-4", **SQUARED, seed=seed, judged="test", distortion=BEST_DISTORTION, work=work
        )
        name = f"lenet-4-distorted-seed-{seed}"
        firsts.append((name, first))
        then = {"first": name, "seed": seed, "count": FILTERED, "schedule": list(sdlm.SCHEDULE)}
        runs.append((f"boosted-seed-{seed}", {**then, "work": str(work)}))
    before = recorded_runs("boosted", folder, LIBRARIES)
    done = {run["name"]: run for run in before}
    missing = [
        first
        for first, (name, arguments) in zip(firsts, runs, strict=True)
        if not is_run(done.get(name, {}), arguments)
    ]
    trained = run_all("boosted-first", train_once, missing, jobs, work)
    seconds = {run["name"]: run["wall_seconds"] for run in trained}
    finished = run_all("boosted", boost, runs, jobs, work, before)
    for run in finished:
        run.setdefault("first_wall_seconds", seconds.get(run["first"]))
    write_result("boosted", finished, WHOLE, folder, LIBRARIES)
