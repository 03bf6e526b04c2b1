"""The elements' Python side: state, still picture, mime bundle, and wrong values."""

import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from lenet_utils import mnist, models, reference, widgets
from lenet_utils.architecture import LENET5, LENET5_1998, TABLE_I
from lenet_utils.widgets import element

CHAPTERS = Path(__file__).parent.parent / "chapters"
CLASSES = [
    widgets.LayerCalculator,
    widgets.ConvolutionStepper,
    widgets.PoolingStepper,
    widgets.ConnectionTable,
    widgets.ReceptiveFieldExplorer,
    widgets.LeNetLive,
    widgets.TrainingPlayback,
]


class Balanced(HTMLParser):
    """Fails unless every element of a piece of HTML is closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        if tag not in ("br", "img", "input", "rect", "line", "circle", "path"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("rect", "line", "circle", "path"):
            assert self.open.pop() == tag


@pytest.mark.parametrize("kind", CLASSES)
def test_every_element_offers_html_text_and_a_live_view(kind):
    shown = kind()
    data, _ = shown._repr_mimebundle_()
    assert {"text/html", "text/plain", "application/vnd.jupyter.widget-view+json"} <= set(data)
    assert data["text/plain"] == repr(kind())
    assert "0x" not in data["text/plain"]
    assert data["text/html"] == kind().host()
    Balanced(data["text/html"])
    assert "<figcaption>" in data["text/html"]
    assert len(data["text/html"]) < 4000
    state = re.search(r'data-lenet-state="([^"]*)"', data["text/html"])[1]
    assert json.loads(unescape(state)) == json.loads(json.dumps(shown.state()))
    assert ("data-lenet-needs" in data["text/html"]) == shown.needs_data


@pytest.mark.parametrize("kind", CLASSES)
def test_every_element_has_its_part_of_the_script(kind):
    assert kind.name in element.PARTS
    assert f"course.elements.{kind.name} = " in element.script()
    assert f".lenet-{kind.name}" in element.style() or kind is widgets.LayerCalculator


def test_scripts_are_classic_and_ask_for_nothing():
    text = element.script()
    for forbidden in ("fetch(", "XMLHttpRequest", "import(", "eval(", "new Function", "http"):
        found = text.replace("http://www.w3.org/2000/svg", "").count(forbidden)
        assert found == 0, forbidden
    assert not re.search(r"^\s*(import|export) ", text, re.MULTILINE)


def test_page_data_carries_the_weights_to_the_last_bit():
    text = element.page_data()
    data = json.loads(text[text.index("{") : text.rindex("}") + 1])
    import base64

    values = np.frombuffer(base64.b64decode(data["weights"]), "<f2").astype(np.float32)
    weights, at = models.trained_weights(), 0
    for key, shape in data["shapes"]:
        name, part = key.split("/")
        expected = weights[name][part == "bias"]
        assert expected.shape == tuple(shape)
        assert np.array_equal(values[at : at + expected.size], expected.ravel())
        at += expected.size
    assert at == len(values) == LENET5.parameters
    examples = base64.b64decode(data["examples"])
    assert examples == b"".join(mnist.digit(label).tobytes() for label in range(10))


@pytest.mark.parametrize("row", LENET5.rows, ids=lambda row: row.name)
def test_calculator_presets_are_the_rows_of_the_table(row):
    shown = widgets.LayerCalculator(row.name)
    assert shown.output_shape == row.output_shape
    assert shown.layer.parameters(shown.input_shape) == row.parameters
    assert shown.layer.connections(shown.input_shape) == row.connections


@pytest.mark.parametrize("row", LENET5.rows, ids=lambda row: row.name)
def test_the_calculator_stands_in_the_chapter_of_each_row(row):
    (chapter,) = CHAPTERS.glob(f"0?_{row.name.lower()}.ipynb")
    cells = json.loads(chapter.read_text(encoding="utf-8"))["cells"]
    shown = [
        "".join(output["data"]["text/html"])
        for cell in cells
        if f'LayerCalculator("{row.name}")' in "".join(cell["source"])
        for output in cell["outputs"]
    ]
    assert shown == [widgets.LayerCalculator(row.name).host()]


def test_steppers_compute_what_the_network_does():
    states = reference.forward(mnist.to_input(mnist.digit(5))[0], models.trained_weights())
    shown = widgets.ConvolutionStepper(digit=5, row=8, column=12, kernel="2")
    assert np.isclose(shown.output, states["C1"][8, 12, 2], atol=1e-5)
    own = widgets.ConvolutionStepper(digit=5, row=3, column=4, weights=np.full((5, 5), 0.04))
    window = mnist.to_input(mnist.digit(5))[0, 3:8, 4:9, 0]
    assert np.isclose(own.output, np.tanh(window.mean()), atol=1e-5)
    pooled = widgets.PoolingStepper(digit=5, map=1, row=4, column=7)
    assert np.isclose(pooled.output, states["S2"][4, 7, 1], atol=1e-5)


def test_explorers_agree_with_the_table():
    assert widgets.ConnectionTable("1998").layer.table == TABLE_I
    shape = LENET5["C3"].input_shape
    assert widgets.ConnectionTable("dense").layer.parameters(shape) == LENET5["C3"].parameters
    assert widgets.ConnectionTable().layer.parameters(shape) == LENET5_1998["C3"].parameters
    field = widgets.ReceptiveFieldExplorer("S4", row=2, column=3).field
    span = LENET5["S4"].receptive_field.span
    assert tuple(map(tuple, field)) == (span(2), span(3))


SET = [
    (widgets.LayerCalculator, "stride", 2, 0, "stride must be at least 1, not 0"),
    (widgets.ConvolutionStepper, "row", 3, 28, "row must be a whole number from 0 to 27"),
    (widgets.ConvolutionStepper, "weights", [0.5] * 25, [float("nan")] * 25, "must be a number"),
    (widgets.PoolingStepper, "mode", "maximum", "median", "mode must be average or maximum"),
    (widgets.ConnectionTable, "table", [[0, 5]] * 16, [[0]], "table must have one row for each"),
    (widgets.ReceptiveFieldExplorer, "row", 1, 99, "row of S4 must be"),
    (widgets.LeNetLive, "turn", 90, 181, "turn must be between -180 and 180, not 181"),
    (widgets.LeNetLive, "image", [255] * 784, [0] * 5, "image must be empty or have 784"),
    (widgets.LeNetLive, "scale", 2.0, float("nan"), "scale must be between 0.5 and 2.0, not nan"),
    (widgets.TrainingPlayback, "epoch", 2, -1, "epoch must be between 0 and"),
]


@pytest.mark.parametrize(("kind", "name", "right", "wrong", "sentence"), SET)
def test_values_are_set_read_and_refused(kind, name, right, wrong, sentence):
    shown = kind()
    setattr(shown, name, right)
    assert getattr(shown, name) == right
    with pytest.raises(ValueError, match=re.escape(sentence)):
        setattr(shown, name, wrong)
    assert getattr(shown, name) == right  # what is refused changes nothing
    assert shown.get_state([name]) == {name: right}  # and this is what the page is told


def test_a_layer_that_cannot_be_is_shown_with_a_sentence():
    shown = widgets.LayerCalculator(kernel=40)
    assert "kernel must be at most the padded input of 32 pixels, not 40." in shown.still()
    with pytest.raises(ValueError, match="kernel must be at most the padded input"):
        _ = shown.output_shape


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: widgets.LayerCalculator("C2"), "preset must be one of C1, S2"),
        (lambda: widgets.LayerCalculator(kernel=0), "kernel must be at least 1, not 0"),
        (lambda: widgets.ConvolutionStepper(digit=10), "digit must be a whole number from 0 to 9"),
        (lambda: widgets.ConvolutionStepper(row=28), "row must be a whole number from 0 to 27"),
        (lambda: widgets.ConvolutionStepper(kernel="6"), "kernel must be"),
        (lambda: widgets.ConvolutionStepper(weights=[1, 2]), "weights must"),
        (lambda: widgets.ConvolutionStepper(bias=float("nan")), "bias must be a number"),
        (lambda: widgets.PoolingStepper(map=6), "map must be a whole number from 0 to 5"),
        (lambda: widgets.PoolingStepper(mode="median"), "mode must be"),
        (lambda: widgets.PoolingStepper(shift=5), "shift must be a whole number from -4 to 4"),
        (lambda: widgets.ConnectionTable(table=[[0]]), "table must"),
        (lambda: widgets.ConnectionTable(table=[[6]] * 16), "table row 0"),
        (lambda: widgets.ConnectionTable("1990"), "preset must be"),
        (lambda: widgets.ConnectionTable(table=[[]] + [[0]] * 15).layer, "at least one channel"),
        (lambda: widgets.ReceptiveFieldExplorer("C2"), "layer must be one of"),
        (lambda: widgets.ReceptiveFieldExplorer("S4", row=5), "row of S4 must be"),
        (lambda: widgets.LeNetLive(digit=11), "digit must be"),
        (lambda: widgets.LeNetLive(image=[0] * 5), "image must"),
        (lambda: widgets.TrainingPlayback(epoch=7), "epoch must be"),
    ],
)
def test_wrong_values_get_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
