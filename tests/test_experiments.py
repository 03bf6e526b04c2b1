"""Experiments go on where they were stopped, and result files are whole or refused."""

import json

import pytest

from lenet_utils import experiments


def double(name, number, log):
    """Return twice a number; a run that can be counted."""
    with open(log, "a") as file:
        file.write(name + "\n")
    if number < 0:
        raise RuntimeError("stopped on purpose")
    return {"double": 2 * number}


def runs_of(numbers, log):
    return [(f"run-{i}", {"number": number, "log": str(log)}) for i, number in enumerate(numbers)]


def test_a_stopped_experiment_goes_on_where_it_was(tmp_path, capsys):
    log = tmp_path / "log"
    with pytest.raises(RuntimeError, match="stopped on purpose"):
        experiments.run_all("toy", double, runs_of([1, -1, 3], log), 1, tmp_path)
    done = experiments.run_all("toy", double, runs_of([1, 2, 3], log), 1, tmp_path)
    assert [run["double"] for run in done] == [2, 4, 6]
    assert log.read_text().split().count("run-0") == 1  # finished before the stop, not done again
    assert "already there" in capsys.readouterr().out


def test_a_run_with_other_arguments_is_done_again(tmp_path):
    log = tmp_path / "log"
    experiments.run_all("toy", double, runs_of([1], log), 1, tmp_path)
    done = experiments.run_all("toy", double, runs_of([5], log), 1, tmp_path)
    assert done[0]["double"] == 10
    # A kept run that was cut short is done again, too.
    (tmp_path / "toy" / "run-0.json").write_text('{"number": 5')
    assert experiments.run_all("toy", double, runs_of([5], log), 1, tmp_path)[0]["double"] == 10


def test_a_recorded_run_is_taken_over_and_only_a_new_seed_is_run(tmp_path, capsys):
    log, folder = tmp_path / "log", tmp_path / "results"
    run = {"name": "run-0", "number": 1, "log": str(log), "double": 2, "wall_seconds": 1.0}
    experiments.write_result("toy", [{**run, "work": "elsewhere"}], "no data", folder)
    assert experiments.read_result("toy", folder)["runs"] == [run]
    before = experiments.recorded_runs("toy", folder)
    done = experiments.run_all("toy", double, runs_of([1, 7], log), 1, tmp_path, before)
    assert [run["double"] for run in done] == [2, 14]
    assert log.read_text().split() == ["run-1"]
    # With other arguments the recorded one does not count.
    done = experiments.run_all("toy", double, runs_of([3, 7], log), 1, tmp_path, before)
    assert [run["double"] for run in done] == [6, 14]


def test_what_other_versions_recorded_is_not_taken_over(tmp_path):
    assert experiments.recorded_runs("toy", tmp_path) == []
    experiments.write_result("toy", [{"name": "a", "wall_seconds": 1}], "no data", tmp_path)
    assert len(experiments.recorded_runs("toy", tmp_path)) == 1
    path = tmp_path / "toy.json"
    result = json.loads(path.read_text())
    result["record"]["versions"]["numpy"] = "0.1"
    path.write_text(json.dumps(result))
    assert experiments.recorded_runs("toy", tmp_path) == []


def test_results_are_written_with_their_record(tmp_path):
    runs = [{"name": "a", "wall_seconds": 1.5}, {"name": "b", "wall_seconds": 2.0}]
    experiments.write_result("toy", runs, "no data", folder=tmp_path)
    result = experiments.read_result("toy", tmp_path)
    assert result["runs"] == runs
    assert result["record"]["wall_seconds"] == 3.5
    assert result["record"]["command"] == "python -m lenet_utils.experiments toy"
    assert set(result["record"]["versions"]) == {"python", "tensorflow", "keras", "numpy"}
    assert [path.name for path in tmp_path.iterdir()] == ["toy.json"]


def test_results_that_are_missing_cut_or_of_another_format_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Run: python -m lenet_utils\.experiments toy"):
        experiments.read_result("toy", tmp_path)
    experiments.write_result("toy", [], "no data", folder=tmp_path)
    path = tmp_path / "toy.json"
    whole = path.read_text()
    path.write_text(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="is not a whole result file"):
        experiments.read_result("toy", tmp_path)
    other = json.loads(whole)
    other["record"]["format"] = 99
    path.write_text(json.dumps(other))
    with pytest.raises(ValueError, match="must be of format 1, not 99"):
        experiments.read_result("toy", tmp_path)


def test_the_training_experiment_wants_the_whole_set(monkeypatch, tmp_path):
    from lenet_utils.experiments import course, digits

    monkeypatch.setenv("LENET_MNIST", "sample")
    for experiment in (course, digits):
        with pytest.raises(ValueError, match="needs the whole MNIST"):
            experiment.main(work=tmp_path, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
