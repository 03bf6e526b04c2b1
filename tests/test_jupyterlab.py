"""The elements with a kernel: in a real JupyterLab, in a real browser.

Once with the versions that the course is made with, and once with ipywidgets 7.7.1, which Colab
has, in a JupyterLab of that age and an environment of its own.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

Late = pytest.importorskip("playwright.sync_api").TimeoutError

ROOT = Path(__file__).parent.parent
REQUIREMENTS = Path(__file__).parent / "requirements-widgets7.txt"
NAMES = ("calculator", "convolution", "pooling", "connections", "fields", "live", "playback")
CELLS = [
    "from lenet_utils.widgets import *\ncalculator = LayerCalculator('C1')\ncalculator",
    "ConvolutionStepper(digit=5)",
    "PoolingStepper(digit=5)",
    "ConnectionTable('1998')",
    "ReceptiveFieldExplorer('S4', row=2, column=2)",
    "LeNetLive(digit=4)",
    "TrainingPlayback()",
    "calculator.filters = 7\nprint('the page sees', calculator.filters)",
    "import ipywidgets\nprint('ipywidgets', ipywidgets.__version__.split('.')[0])",
    "print('Python sees', calculator.stride, calculator.output_shape)",
]


def cannot(reason: str):
    """Skip where the environment cannot be had; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must have an environment with ipywidgets 7. {reason}")
    pytest.skip(f"No environment with ipywidgets 7: {reason} Is there a network?")


@pytest.fixture(scope="module")
def colab_widgets():
    """The commands of an environment with ipywidgets 7; it is made once, and kept."""
    folder = ROOT / ".venv-widgets7"
    commands = folder / Path(sys.executable).parent.name
    made_from = folder / "made-from.txt"
    wanted = "\n".join(
        [sys.version, REQUIREMENTS.read_text(), (ROOT / "requirements-colab.txt").read_text()]
    )
    if made_from.exists() and made_from.read_text() == wanted:
        return commands
    pip = [commands / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for command in (
        [sys.executable, "-m", "venv", "--clear", folder],
        [*pip, "--retries", "1", "-r", REQUIREMENTS],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            said = (done.stderr or done.stdout).strip() or "it says nothing."
            cannot(f"{command[2]} ended with: {said.splitlines()[-1]}")
    made_from.write_text(wanted)
    return commands


def test_the_python_side_holds_with_colabs_widgets(colab_widgets):
    """All of test_widgets.py: state, still picture, mime bundle, values set and refused."""
    versions = "import anywidget, ipywidgets; print(ipywidgets.__version__, anywidget.__version__)"
    done = subprocess.run(
        [colab_widgets / "python", "-c", versions], capture_output=True, text=True
    )
    assert done.stdout == "7.7.1 0.9.21\n"
    command = ["-m", "pytest", "-q", "-o", "addopts=", "-p", "no:cacheprovider", "--noconftest"]
    done = subprocess.run(
        [colab_widgets / "python", *command, Path(__file__).parent / "test_widgets.py"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d+ passed", done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab with one notebook; its address."""
    yield from served(Path(sys.executable).parent, tmp_path_factory)


@pytest.fixture(scope="module")
def old_lab(colab_widgets, tmp_path_factory):
    """The same with ipywidgets 7."""
    yield from served(colab_widgets, tmp_path_factory)


def served(commands, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "elements.ipynb")
    log = folder / "log"
    settings = {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYTHONPATH": str(ROOT),
    }
    command = [
        commands / "jupyter-lab",
        "--no-browser",
        "--ip=127.0.0.1",
        "--port=0",
        "--IdentityProvider.token=",
        "--allow-root",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.news_url=None",
    ]
    with log.open("w") as output:
        server = subprocess.Popen(
            command, stdout=output, stderr=output, env={**os.environ, **settings}
        )
    try:
        for _ in range(240):
            found = re.search(r"http://127\.0\.0\.1:\d+/", log.read_text())
            if found or server.poll() is not None:
                break
            time.sleep(0.5)
        assert found, log.read_text()
        yield found[0]
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.mark.browser
def test_every_element_lives_and_shares_its_values_with_python(lab, open_page):
    use_in_lab(lab, open_page, 8)


@pytest.mark.browser
def test_every_element_lives_with_colabs_widgets(old_lab, open_page):
    use_in_lab(old_lab, open_page, 7)


def use_in_lab(address, open_page, version):
    watched = open_page(f"{address}lab/tree/elements.ipynb", width=1280)
    page = watched.page
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.locator(".jp-Notebook-ExecutionIndicator").first.wait_for()
    # JupyterLab may ask which kernel to use, before or after it is told to run: then run again.
    answer = page.locator(".jp-Dialog button.jp-mod-accept")
    result = page.get_by_text("Python sees 1")
    page.add_locator_handler(answer, lambda: answer.click())
    for _ in range(6):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.locator(".lm-Menu-itemLabel").get_by_text("Run All Cells", exact=True).click()
        try:
            result.wait_for(timeout=25_000)
            break
        except Late:
            continue
    assert result.count() == 1
    assert page.get_by_text(f"ipywidgets {version}", exact=True).count() == 1
    for name in NAMES:
        host = page.locator(f".lenet-{name}.lenet-element").first
        host.scroll_into_view_if_needed()
        assert host.locator("input, select, button").count() >= 2, name
    calculator = page.locator(".lenet-calculator").first
    calculator.scroll_into_view_if_needed()
    filters = calculator.get_by_label("Filters or units")
    assert filters.input_value() == "7"  # what Python set, the page shows
    stride = calculator.get_by_label("Stride")
    stride.focus()
    page.keyboard.press("ArrowUp")  # JupyterLab must not take the key
    assert stride.input_value() == "2"
    last = page.locator(".jp-CodeCell").nth(len(CELLS) - 1)
    last.scroll_into_view_if_needed()
    last.locator(".jp-InputArea-editor").click()
    page.keyboard.press("Control+Enter")
    page.get_by_text("Python sees 2 (14, 14, 7)").wait_for()
