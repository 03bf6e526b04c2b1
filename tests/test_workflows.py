"""What GitHub, Binder and Git's hooks read: valid, and naming only what is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))


def valid(schema, *paths):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *paths]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_workflows_have_the_form_that_github_asks_for():
    assert [path.stem for path in WORKFLOWS] == ["pages", "test", "weekly"]
    valid("vendor.github-workflows", *WORKFLOWS)
    valid("custom.github-workflows-require-timeout", *WORKFLOWS)


def test_the_citation_has_the_form_that_github_asks_for():
    valid("vendor.citation-file-format", ROOT / "CITATION.cff")


@pytest.mark.parametrize("path", [*WORKFLOWS, ROOT / ".ci" / "run"], ids=lambda path: path.stem)
def test_every_target_and_file_that_is_named_is_there(path):
    text = path.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    commands = re.findall(r"(?:run: |^\s*|[A-Z_]+=\S+ )make ([a-z][a-z ]*)", "\n".join(lines), re.M)
    targets = {target for command in commands for target in command.split()}
    assert targets
    for target in targets:
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), f"make {target} is not there"
    for name in re.findall(r"chapters/\w+\.ipynb|tools/\w+\.py|requirements[\w-]*\.txt", text):
        assert (ROOT / name).exists(), name


def test_every_file_that_the_makefile_names_is_there():
    named = re.findall(r"\b(?:tools/\w+\.py|requirements[\w-]*\.txt|runtime\.txt)", MAKEFILE)
    assert len(set(named)) >= 12
    for name in named:
        if f".venv-newest/{name}" not in MAKEFILE:
            assert (ROOT / name).exists(), name


def test_the_pythons_are_those_the_course_supports():
    matrix = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    tested = matrix["jobs"]["test"]["strategy"]["matrix"]["python"]
    sentence = (ROOT / "tools" / "check_python.py").read_text(encoding="utf-8")
    assert re.search(r"Python ([\d., or]+), and", sentence)[1] == "3.11, 3.12 or 3.13"
    assert tested == ["3.11", "3.12", "3.13"]
    assert (ROOT / "runtime.txt").read_text().strip().removeprefix("python-") in tested


def test_weekly_takes_the_chapters_dependencies_without_their_versions(tmp_path):
    made = subprocess.run(
        ["make", "-n", "-B", ".venv-newest/requirements.txt"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    command = next(line for line in made.splitlines() if line.startswith("sed"))
    command = command.replace("> .venv-newest/requirements.txt", "")
    lines = subprocess.run(
        command, shell=True, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    names = {re.split("[;=]", line)[0] for line in lines if line[:1].isalpha()}
    assert {"tensorflow", "numpy", "matplotlib", "ipywidgets", "anywidget", "nbval"} <= names
    assert not {"sphinx", "jupyter-book"} & names
    assert not [line for line in lines if "==" in line.split(";")[0]]
    assert "-e ." in lines


def test_the_hooks_pass_on_this_checkout():
    """Each hook's command, as Git would run it on files that are there."""
    files = {"jupyter": "chapters/02_c1.ipynb", "python": "tools/address.py"}
    for hook in HOOKS["repos"][0]["hooks"]:
        program, *rest = hook["entry"].split()
        assert program in (".venv/bin/python", ".venv/bin/ruff")
        program = (
            sys.executable
            if program.endswith("python")
            else str(Path(sys.executable).parent / "ruff")
        )
        kinds = hook.get("types", hook.get("types_or", []))
        given = [files[kind] for kind in kinds if kind in files]
        done = subprocess.run([program, *rest, *given], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, f"{hook['id']}: {done.stdout}{done.stderr}"


def test_the_hooks_are_valid_for_pre_commit():
    command = [sys.executable, "-m", "pre_commit", "validate-config", ".pre-commit-config.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_changelog_has_the_present_version():
    import lenet_utils

    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(
        rf"^## \[{re.escape(lenet_utils.__version__)}\] - \d{{4}}-\d\d-\d\d$", text, re.M
    )
    assert "## [Unreleased]" in text


def test_the_time_of_the_tests_is_added_up_by_file(tmp_path):
    sys.path.append(str(ROOT / "tools"))
    from bench_tests import seconds_by_file

    case = '<testcase classname="{}" name="one" time="{}" />'
    cases = [("tests.test_book", 1.5), ("tests.test_book", 2), ("chapters.02_c1.ipynb", 4)]
    report = tmp_path / "report.xml"
    report.write_text(f"<a>{''.join(case.format(*one) for one in cases)}</a>", encoding="utf-8")
    assert seconds_by_file(report) == {"test_book": 3.5, "02_c1.ipynb": 4}
