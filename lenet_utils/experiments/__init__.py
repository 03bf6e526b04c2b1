"""Experiments too long for a chapter: each is a command that writes a small result file.

    python -m lenet_utils.experiments course --jobs 2

An experiment is a list of runs. Each finished run is kept in `.experiments/` at once, so an
experiment that was stopped goes on where it was; when all are there, one result file is
written whole to `lenet_utils/results/`, with the record of how it came about. One that needs no
weights of its runs takes those that its result file has, as long as the same versions made them:
to add a seed is then to run one seed.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

RESULTS = Path(__file__).parent.parent / "results"
FORMAT = 1


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` at `path` whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)


def read_result(name: str, folder: Path = RESULTS) -> dict:
    """Return the result file of an experiment: {"record": ..., "runs": [...]}.

    Raises FileNotFoundError if the experiment was not run, and ValueError for a file that is
    cut short or was written by another version of this module.
    """
    path = folder / f"{name}.json"
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is not there yet. Run: python -m lenet_utils.experiments {name}"
        )
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
        written_as = result["record"]["format"]
        _ = result["runs"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not a whole result file: {error!r}.") from error
    if written_as != FORMAT:
        raise ValueError(f"{path} must be of format {FORMAT}, not {written_as}.")
    return result


def whole_mnist():
    """Return the whole of MNIST; ValueError where only a sample is at hand."""
    from lenet_utils import mnist  # chapters that only read results need none of it

    data = mnist.load()
    if not data.full:
        raise ValueError("This experiment needs the whole MNIST. Set LENET_MNIST to an mnist.npz.")
    return data


def _versions(libraries: tuple[str, ...] = ()) -> dict[str, str]:
    names = {
        "tensorflow": ("tensorflow_cpu", "tensorflow"),
        "keras": ("keras",),
        "numpy": ("numpy",),
        **{library: (library,) for library in libraries},
    }
    found = {"python": platform.python_version()}
    for label, candidates in names.items():
        for candidate in candidates:
            try:
                found[label] = version(candidate)
                break
            except ModuleNotFoundError:
                continue
    return found


def _one(job) -> dict:
    """Do one run in a process of its own, and keep it in `.experiments/` when it is whole."""
    function, name, arguments, kept = job
    started = time.perf_counter()
    outcome = function(name, **arguments)
    run = {
        "name": name,
        **arguments,
        **outcome,
        "wall_seconds": round(time.perf_counter() - started, 1),
    }
    write_whole(kept, json.dumps(run).encode())
    return run


def recorded_runs(
    experiment: str, folder: Path = RESULTS, libraries: tuple[str, ...] = ()
) -> list[dict]:
    """Return the runs of an experiment's result file, or none if other versions made them."""
    try:
        result = read_result(experiment, folder)
    except FileNotFoundError:
        return []
    return result["runs"] if result["record"]["versions"] == _versions(libraries) else []


def is_run(run: dict, arguments: dict) -> bool:
    """Return whether a finished run had these arguments; where its weights lie may differ."""
    return all(run.get(key) == value for key, value in arguments.items() if key != "work")


def run_all(
    experiment: str, function, runs: list[tuple[str, dict]], jobs: int, work: Path,
    recorded: list[dict] = (),
) -> list[dict]:  # fmt: skip
    """Do every (name, arguments) run with `function(name, **arguments)`, `jobs` at a time.

    Finished ones are read back from `work`, or taken from `recorded`, as long as their arguments
    are the same.
    """
    from_file = {run["name"]: run for run in recorded}
    done, todo = {}, []
    for number, (name, arguments) in enumerate(runs):
        kept = work / experiment / f"{name}.json"
        try:
            before = json.loads(kept.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            before = from_file.get(name, {})
        if is_run(before, arguments):
            done[number] = before
        else:
            todo.append((number, (function, name, arguments, kept)))
    print(f"{experiment}: {len(runs)} runs, {len(done)} already there.", flush=True)
    # One thread for each of several processes is quicker than several threads for one.
    if jobs > 1:
        for variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
            os.environ.setdefault(variable, "1")
    started = time.perf_counter()
    with get_context("spawn").Pool(jobs, maxtasksperchild=1) as pool:
        for count, (number, run) in enumerate(
            zip((n for n, _ in todo), pool.imap(_one, [job for _, job in todo]), strict=True), 1
        ):
            done[number] = run
            spent = time.perf_counter() - started
            left = spent / count * (len(todo) - count)
            print(
                f"  {run['name']}: {run['wall_seconds']:.0f} s; "
                f"{len(todo) - count} left, about {left / 60:.0f} min",
                flush=True,
            )
    return [done[number] for number in range(len(runs))]


def write_result(
    experiment: str,
    runs: list[dict],
    data: str,
    folder: Path = RESULTS,
    libraries: tuple[str, ...] = (),
    **more,
) -> Path:
    """Write a result file whole, with its record, and return where it is.

    The record names the versions of `libraries`, too, where they are installed. Where a run kept
    its weights on this machine ("work") is left out.
    """
    runs = [{key: value for key, value in run.items() if key != "work"} for run in runs]
    record = {
        "format": FORMAT,
        "command": f"python -m lenet_utils.experiments {experiment}",
        "data": data,
        "versions": _versions(libraries),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "wall_seconds": round(sum(run["wall_seconds"] for run in runs), 1),
        **more,
    }
    path = folder / f"{experiment}.json"
    write_whole(path, (json.dumps({"record": record, "runs": runs}, indent=1) + "\n").encode())
    print(f"{experiment}: written to {path}", file=sys.stderr)
    return path
