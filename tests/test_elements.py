"""Each interactive element in a real browser: by keyboard, pointer and touch, against Python."""

import base64
import json
import random

import numpy as np
import pytest

from lenet_utils import mnist, models, reference
from lenet_utils.architecture import (
    LENET5,
    LENET5_1998,
    AveragePooling,
    Convolution,
    FullyConnected,
    size_text,
)

pytestmark = pytest.mark.browser

PAGES = {
    "calculator": "chapters/02_c1",
    "convolution": "chapters/02_c1",
    "pooling": "chapters/03_s2",
    "connections": "chapters/04_c3",
    "fields": "chapters/05_s4",
    "playback": "chapters/10_train",
    "live": "book/welcome",
}


@pytest.fixture
def element(site, open_page):
    """A function that opens an element's page and returns (element, watched page)."""

    def find(name, **options):
        watched = open_page((site / f"{PAGES[name]}.html").as_uri(), **options)
        host = watched.page.locator(f"[data-lenet-element={name}]").first
        host.scroll_into_view_if_needed()
        return host, watched

    return find


def repainted(host):
    """Return an element once what was asked of it has been drawn."""
    twice = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    host.page.evaluate(twice)
    return host


def said(host):
    """Return the element's status line, once it has had time to speak."""
    host.page.wait_for_timeout(450)
    return host.locator(".lenet-status").first.inner_text()


def numbers(page, function, values, dtype="<f4"):
    """Call a function of the page with bytes; return the Float32Arrays that it returns, joined."""
    script = """async ([text, source]) => {
        const parts = eval(source)(LeNetCourse.bytes(text));
        const reader = new FileReader();
        const read = new Promise((done) => { reader.onload = done; });
        reader.readAsDataURL(new Blob(parts));
        await read;
        return reader.result.split(",")[1];
    }"""
    sent = base64.b64encode(np.asarray(values).tobytes()).decode()
    return np.frombuffer(base64.b64decode(page.evaluate(script, [sent, function])), dtype)


def swipe(page, points):
    """Draw a finger over the page, from point to point."""
    session = page.context.new_cdp_session(page)
    for number, (x, y) in enumerate(points):
        kind = "touchMove" if number else "touchStart"
        touch = {"type": kind, "touchPoints": [{"x": x, "y": y}]}
        session.send("Input.dispatchTouchEvent", touch)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()


def drag(page, points):
    """Draw the pressed mouse over the page, from point to point."""
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=4)
    page.mouse.up()


def within(part, *shares):
    """Return points of the page in a part, given as shares of its width and height."""
    part.evaluate("part => part.scrollIntoView({block: 'center', behavior: 'instant'})")
    box = repainted(part).bounding_box()
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in shares]


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_comes_to_life_and_takes_part_in_the_theme(element, name, width, theme):
    host, watched = element(name, width=width, theme=theme, touch=width == 390)
    assert host.get_attribute("data-lenet-ready") == "true"
    assert host.locator("figcaption").count() == 0  # the still picture has given way
    assert host.locator("input, select, button").count() >= 2
    before = host.evaluate("host => getComputedStyle(host).backgroundColor")
    other = "dark" if theme == "light" else "light"
    watched.page.evaluate(f"document.documentElement.dataset.theme = '{other}'")
    after = host.evaluate("host => getComputedStyle(host).backgroundColor")
    assert before != after
    assert watched.faults == []
    assert watched.outside == []


@pytest.mark.parametrize("name", PAGES)
def test_every_control_is_reached_by_tab_and_shows_it(element, name):
    host, watched = element(name)
    wanted = host.evaluate(
        "host => [...host.querySelectorAll('input, select, button, [tabindex]')].filter(one => "
        "!one.disabled && one.tabIndex >= 0 && one.offsetParent).length"
    )
    host.evaluate("host => { host.tabIndex = -1; host.focus(); }")
    reached = 0
    for _ in range(wanted + 12):
        watched.page.keyboard.press("Tab")
        inside = host.evaluate(
            "host => { const at = document.activeElement; "
            "return host.contains(at) && getComputedStyle(at).outlineStyle; }"
        )
        if not inside:
            break
        assert inside != "none", "a focused control shows no outline"
        reached += 1
    assert reached == wanted


def random_layers(count):
    chance = random.Random(1)
    for _ in range(count):
        yield {
            "kind": chance.choice(["convolution", "average pooling", "fully connected"]),
            "size": chance.choice([0, 1, 2, 5, 14, 28, 32, 227, chance.randint(1, 64)]),
            "channels": chance.randint(0, 20),
            "kernel": chance.randint(0, 12),
            "filters": chance.randint(0, 130),
            "stride": chance.randint(0, 5),
            "padding": chance.randint(-1, 4),
        }


def by_python(case):
    """Return shape and counts of a case, or None where Python refuses it."""
    shape = (case["size"], case["size"], case["channels"])
    try:
        if case["kind"] == "average pooling":
            layer = AveragePooling("L", size=case["kernel"])
        elif case["kind"] == "fully connected":
            layer = FullyConnected("L", units=case["filters"])
        else:
            sizes = {key: case[key] for key in ("filters", "kernel", "stride", "padding")}
            layer = Convolution("L", **sizes)
        counts = layer.parameters(shape), layer.connections(shape)
        return [list(layer.output_shape(shape)), *counts, layer.multiply_accumulates(shape)]
    except ValueError:
        return None


def test_calculator_agrees_with_python_on_thousands_of_layers(element):
    host, watched = element("calculator")
    cases = list(random_layers(5000))
    theirs = watched.page.evaluate(
        "cases => cases.map(one => LeNetCourse.arithmetic(one)).map(r => r.error ? null : "
        "[r.shape, r.parameters, r.connections, r.multiplyAccumulates])",
        cases,
    )
    ours = [by_python(case) for case in cases]
    assert theirs == ours
    assert 1000 < sum(result is None for result in ours) < 4000
    assert host.count() == 1


def test_calculator_by_keyboard(element):
    host, watched = element("calculator")
    preset = host.get_by_label("A row of the table")
    for row in LENET5.rows:
        preset.select_option(row.name)
        text = host.locator("table").inner_text()
        assert size_text(row.output_shape) in text
        assert f"{row.parameters:,}" in text
        assert f"{row.connections:,}" in text
    preset.select_option("C1")
    stride = host.get_by_label("Stride")
    stride.focus()
    watched.page.keyboard.press("ArrowUp")
    assert stride.input_value() == "2"
    assert "14x14x6" in host.locator("table").inner_text()
    assert preset.input_value() == ""
    for label, wrong, sentence in [
        ("Stride", "0", "Stride must be at least 1, not 0."),
        ("Kernel", "40", "Kernel must be at most the padded input of 32 pixels, not 40."),
        ("Channels", "", "Channels must be a whole number."),
        ("Input size", "2.5", "Input size must be a whole number."),
    ]:
        preset.select_option("C1")
        host.get_by_label(label).fill(wrong)
        assert said(host) == sentence
        assert "NaN" not in host.inner_text()


def test_convolution_by_keyboard_pointer_and_own_kernel(element):
    host, watched = element("convolution", width=390, touch=True)
    page, weights = watched.page, models.trained_weights()
    states = reference.forward(mnist.to_input(mnist.digit(5))[0], weights)

    def output():
        return repainted(host).locator("dd").last.inner_text().replace("−", "-")

    assert output() == f"{states['C1'][8, 12, 0]:.3f}"
    row = host.get_by_role("slider", name="Row of the unit")
    row.focus()
    page.keyboard.press("ArrowRight")
    assert output() == f"{states['C1'][9, 12, 0]:.3f}"
    window = host.get_by_role("application").first
    window.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert output() == f"{states['C1'][10, 13, 0]:.3f}"
    host.get_by_label("Kernel", exact=True).select_option("3")
    assert output() == f"{states['C1'][10, 13, 3]:.3f}"
    place = window.bounding_box()
    page.touchscreen.tap(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    assert row.input_value() not in ("10", "")
    host.get_by_label("Kernel", exact=True).select_option("own")
    weight = host.get_by_role("spinbutton", name="Weight in row 0, column 0")
    weight.fill("99")
    assert "-5" in said(host).replace("−", "-")
    assert "NaN" not in host.inner_text()


def test_convolution_fills_its_map_at_once_for_those_who_want_no_motion(element):
    host, _ = element("convolution", reduced_motion="reduce")
    host.get_by_role("button", name="Fill the whole map").click()
    assert "784 of 784" in repainted(host).inner_text()
    host.get_by_role("button", name="Clear").click()
    assert "784 of 784" not in repainted(host).inner_text()


def test_pooling_and_its_shift_experiment(element):
    host, watched = element("pooling")
    host.get_by_label("Digit", exact=True).select_option("3")
    shift = host.get_by_role("slider", name="Shift to the right")
    shift.focus()
    watched.page.keyboard.press("ArrowRight")
    image = mnist.to_input(mnist.digit(3))[0]
    moved = np.concatenate([image[:, :1], image[:, :-1]], axis=1)
    old, new = (reference.forward(each, models.trained_weights()) for each in (image, moved))
    table = (
        repainted(host).get_by_role("table", name="Relative change of the six maps").inner_text()
    )
    for name in ("C1", "S2"):
        change = np.linalg.norm(new[name] - old[name]) / np.linalg.norm(old[name])
        assert f"{change:.3f}" in table


def test_connections_by_keyboard(element):
    host, watched = element("connections")
    results = host.locator(".lenet-connections-results")
    c3, old = LENET5["C3"], LENET5_1998["C3"]
    assert f"{old.parameters:,}" in results.inner_text()
    host.get_by_role("button", name="Dense").click()
    assert f"{c3.parameters:,}" in results.inner_text()
    assert f"{c3.connections:,}" in results.inner_text()
    host.get_by_role("button", name="1998 (Table I)").click()
    button = host.get_by_role("button", name="S2 map 0 feeds C3 map 1", exact=True)
    button.focus()
    watched.page.keyboard.press("Space")
    assert button.get_attribute("aria-pressed") == "true"
    assert f"{old.parameters + 25:,}" in results.inner_text()
    for number in (0, 4, 5):
        host.get_by_role("button", name=f"S2 map {number} feeds C3 map 4", exact=True).click()
    assert said(host).startswith("C3 map 4 is fed by no map: every map needs at least one.")


def test_fields_agree_with_the_table_for_every_unit_of_every_layer(element):
    host, _ = element("fields")
    layer = host.get_by_label("Layer", exact=True)
    row, column = (
        host.get_by_role("slider", name=f"{side} of the unit") for side in ("Row", "Column")
    )
    for one in LENET5.rows:
        layer.select_option(one.name)
        side = one.output_shape[0] if len(one.output_shape) == 3 else 1
        for unit in range(0, side, 3 if side > 10 else 1):
            if side > 1:
                for slider, value in ((row, unit), (column, side - 1 - unit)):
                    slider.fill(str(value))
            field = one.receptive_field
            text = repainted(host).locator("table").first.inner_text().replace("\t", " ")
            first, last = field.span(unit)
            left, right = field.span(side - 1 - unit)
            assert f"Input {first} to {last} {left} to {right} {field.size}x{field.size}" in text


def test_fields_by_keyboard(element):
    host, watched = element("fields")
    unit = host.get_by_role("application").first
    unit.focus()
    watched.page.keyboard.press("ArrowDown")
    sentence = said(host)
    assert sentence.startswith("Unit (3, 2) of S4 sees 16x16 pixels: rows 12 to 27")
    host.get_by_role("button", name="Neighbor").click()
    assert "they share 192 of 256 pixels" in said(host)


def test_convolution_says_what_is_wrong_with_a_weight(element):
    host, _ = element("convolution")
    host.get_by_label("Kernel", exact=True).select_option("own")
    weight = host.get_by_role("spinbutton", name="Weight in row 2, column 3")
    wrong = "Weight in row 2, column 3 must be a number from −5 to 5."
    for value in ("", "99", "-5.001", "1e999"):
        weight.fill(value)
        assert said(host) == wrong, value
        assert weight.get_attribute("aria-invalid") == "true"
        assert "NaN" not in host.inner_text()
    weight.fill("0.5")
    assert said(host).startswith("Unit (8, 12): sum ")
    assert weight.get_attribute("aria-invalid") == "false"


def test_playback_plays_by_itself_unless_no_motion_is_wanted(element):
    host, watched = element("playback")
    epoch = host.get_by_role("slider", name="Epoch")
    host.get_by_role("button", name="Play").click()
    watched.page.wait_for_timeout(2500)
    host.get_by_role("button", name="Pause").click()
    stopped = epoch.input_value()
    assert int(stopped) >= 2
    watched.page.wait_for_timeout(1500)
    assert epoch.input_value() == stopped
    host, watched = element("playback", reduced_motion="reduce")
    host.get_by_role("button", name="Play").click()  # one step for one click
    watched.page.wait_for_timeout(1500)
    assert host.get_by_role("slider", name="Epoch").input_value() == "1"


def test_playback_steps_without_moving_by_itself(element):
    host, watched = element("playback", reduced_motion="reduce")
    slider = host.get_by_role("slider", name="Epoch")
    watched.page.wait_for_timeout(600)
    assert slider.input_value() == "0"
    host.get_by_role("button", name="Step", exact=True).click()
    assert slider.input_value() == "1"
    slider.focus()
    watched.page.keyboard.press("End")
    from lenet_utils.experiments import read_result

    final = next(run for run in read_result("course")["runs"] if run["seed"] == 0)
    wrong = round(final["validation_error"] * 5000)
    assert f"{wrong} of 5,000" in said(host)


FORWARD = """bytes => {
    const parts = [];
    for (let at = 0; at < bytes.length; at += 784) {
        const gray = Float32Array.from(bytes.subarray(at, at + 784));
        const states = LeNetCourse.forward(LeNetCourse.toInput(gray));
        for (const name of ["C1", "S2", "C3", "S4", "C5", "F6", "Output"]) parts.push(states[name]);
    }
    return parts;
}"""


def test_live_answers_as_keras_does_in_every_layer(element):
    """Every state of every layer, for 1,000 test images."""
    _, watched = element("live")
    images = mnist.load().test_images[:1000]
    model = models.trained()
    largest = dict.fromkeys((row.name for row in LENET5.rows), 0.0)
    for start in range(0, 1000, 100):
        part = images[start : start + 100]
        theirs = numbers(watched.page, FORWARD, part).reshape(len(part), -1)
        states, at = models.states(model, mnist.to_input(part)), 0
        for row in LENET5.rows:
            ours = states[row.name]
            by_map = np.moveaxis(ours, -1, 1) if ours.ndim == 4 else ours
            ours = by_map.reshape(len(part), -1)
            page = theirs[:, at : at + ours.shape[1]]
            at += ours.shape[1]
            largest[row.name] = max(largest[row.name], float(np.abs(page - ours).max()))
        assert at == theirs.shape[1]
        assert np.array_equal(page.argmax(axis=1), ours.argmax(axis=1))
    assert max(largest.values()) <= 1e-4, largest
    assert min(largest.values()) > 0  # two computations, not one compared with itself


NORMALIZE = """bytes => [LeNetCourse.normalize(Float32Array.from(bytes), 280, 280)]"""


def test_live_brings_a_drawing_to_the_network_as_mnist_did(element):
    """A digit that is drawn small and off center comes to the same box and center of mass."""
    _, watched = element("live")
    for label in range(10):
        ink = np.zeros((280, 280), np.uint8)
        ink[30 : 30 + 112, 20 : 20 + 112] = np.kron(mnist.digit(label), np.ones((4, 4)))
        image = numbers(watched.page, NORMALIZE, ink).reshape(28, 28)
        box = mnist.bounding_box(image)
        assert max(side.stop - side.start for side in box) == 20
        assert np.abs(np.array(mnist.center_of_mass(image)) - 14).max() <= 0.5 + 1e-6
        assert np.abs(image - mnist.digit(label)).mean() < 2


def test_live_by_pointer_with_undo_and_clear(element):
    host, watched = element("live")
    pad = host.get_by_role("application", name="Drawing pad").first
    drag(watched.page, within(pad, *SEVEN))
    assert "7" in repainted(host).locator(".lenet-answer").inner_text()
    drag(watched.page, within(pad, (0.3, 0.5), (0.75, 0.5)))
    host.get_by_role("button", name="Undo").click()
    assert "7" in repainted(host).locator(".lenet-answer").inner_text()
    host.get_by_role("button", name="Clear").click()
    assert said(host).startswith("The pad is blank")
    assert "NaN" not in host.inner_text()
    lines = [(0.1 + 0.8 * (i % 2), 0.1 + 0.04 * i) for i in range(20)]
    drag(watched.page, within(pad, *lines))  # a scribble
    assert "as in no digit" in said(host)
    assert "NaN" not in host.inner_text()
    assert watched.faults == []


def test_live_examples_sliders_and_units_by_keyboard(element):
    host, watched = element("live")
    host.get_by_role("button", name="Example 4").focus()
    watched.page.keyboard.press("Enter")
    assert "4" in repainted(host).locator(".lenet-answer").inner_text()
    turn = host.get_by_role("slider", name="Turn")
    turn.focus()
    for _ in range(20):
        watched.page.keyboard.press("ArrowRight")
    assert turn.input_value() == "100"
    host.get_by_role("button", name="Reset").click()
    assert turn.input_value() == "0"
    host.get_by_role("button", name="Show me one it gets wrong").click()
    assert "reads" in said(host)
    host.get_by_role("application", name="C3, 16 maps of 10x10").focus()
    for _ in range(4):
        watched.page.keyboard.press("PageDown")
    told = repainted(host).locator(".lenet-told").inner_text()
    assert told.startswith("C3 map")
    assert "It sees rows" in told


def test_live_state_is_json_that_a_page_can_hold(element):
    host, _ = element("live")
    assert json.loads(host.get_attribute("data-lenet-state"))["digit"] in range(10)


# Each element by keyboard, pointer and touch. A driver changes one value by each of the three,
# starting from whatever the element shows, and checks what came of it.

SEVEN = [(0.3, 0.2), (0.7, 0.2), (0.45, 0.85)]


def drive_calculator(host, page):
    preset = host.get_by_label("A row of the table")
    table = host.locator("table")
    preset.select_option("C1")
    host.get_by_label("Stride").focus()
    page.keyboard.press("ArrowUp")
    assert "14x14x6" in table.inner_text()
    preset.select_option("C1")
    page.mouse.click(*within(host.get_by_label("Filters or units"), (0.3, 0.5))[0], click_count=3)
    page.keyboard.type("16")
    assert "28x28x16" in table.inner_text()
    page.touchscreen.tap(*within(host.get_by_label("Padding"), (0.3, 0.5))[0])
    page.keyboard.press("End")
    page.keyboard.press("Backspace")
    page.keyboard.type("2")
    assert "32x32x16" in table.inner_text()


def drive_surface(host, page, surface, last, size, side):
    """Move the window of a stepper; `size` and `side` are in squares of the surface."""
    row = host.get_by_role("slider", name="Row of the unit")
    column = host.get_by_role("slider", name="Column of the unit")

    def chosen():
        repainted(host)
        return int(row.input_value()), int(column.input_value())

    def unit_at(share):
        return min(max(round(share * side - size / 2), 0), last)

    drag(page, within(surface, (0.2, 0.2), (0.6, 0.4)))
    assert chosen() == (unit_at(0.4), unit_at(0.6))
    surface.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    assert chosen() == (unit_at(0.4) - 1, unit_at(0.6) + 1)
    swipe(page, within(surface, (0.5, 0.5), (0.4, 0.6), (0.3, 0.7)))
    assert chosen() == (unit_at(0.7), unit_at(0.3))


def drive_convolution(host, page):
    window, unit = (host.get_by_role("application").nth(i) for i in range(2))
    drive_surface(host, page, window, 27, 5, 32)
    drive_surface(host, page, unit, 27, 1, 28)


def drive_pooling(host, page):
    window, unit = (host.get_by_role("application").nth(i) for i in range(2))
    drive_surface(host, page, window, 13, 1, 14)
    drive_surface(host, page, unit, 13, 1, 14)
    shift = host.get_by_role("slider", name="Shift to the right")
    page.touchscreen.tap(*within(shift, (0.9, 0.5))[0])
    assert int(shift.input_value()) >= 3
    assert "shifted right by" in said(host)
    page.mouse.click(*within(shift, (0.1, 0.5))[0])
    assert int(shift.input_value()) <= -3
    assert "shifted left by" in said(host)


def drive_connections(host, page):
    host.get_by_role("button", name="1998 (Table I)").click()

    def link(number):
        return host.get_by_role("button", name=f"S2 map {number} feeds C3 map 0", exact=True)

    host.get_by_role("button", name="S2 map 0 feeds C3 map 0", exact=True).focus()
    page.keyboard.press("Enter")
    assert "59 of 96" in said(host)
    page.mouse.click(*within(link(1), (0.5, 0.5))[0])
    assert "58 of 96" in said(host)
    page.touchscreen.tap(*within(link(2), (0.5, 0.5))[0])
    assert said(host).startswith("C3 map 0 is fed by no map")


def drive_fields(host, page):
    host.get_by_label("Layer", exact=True).select_option("S4")
    surface = host.get_by_role("application").first
    repainted(host)
    page.mouse.click(*within(surface, (0.3, 0.5))[0])
    assert said(host).startswith("Unit (2, 1) of S4 sees 16x16 pixels: rows 8 to 23")
    page.mouse.move(1, 1)
    surface.focus()
    page.keyboard.press("ArrowDown")
    assert said(host).startswith("Unit (3, 1) of S4 ")
    page.touchscreen.tap(*within(surface, (0.9, 0.1))[0])
    assert said(host).startswith("Unit (0, 4) of S4 ")


def drive_live(host, page):
    pad = host.get_by_role("application", name="Drawing pad").first
    answer, told = host.locator(".lenet-answer"), host.locator(".lenet-told")
    clear = host.get_by_role("button", name="Clear")

    def unit(layer):
        return host.get_by_role("application", name=f"{layer}, ")

    clear.click()
    drag(page, within(pad, *SEVEN))
    repainted(host)
    assert answer.inner_text() == "7"
    clear.click()
    swipe(page, within(pad, *SEVEN))
    repainted(host)
    assert answer.inner_text() == "7"
    host.get_by_role("button", name="Undo").click()  # the one stroke is gone, the pad blank
    pad.focus()
    for key in ("ArrowUp", "Space", *["ArrowDown"] * 12, "Space"):
        page.keyboard.press(key)
    repainted(host)
    assert answer.inner_text() == "1"
    page.mouse.move(*within(unit("S4"), (0.02, 0.02))[0])
    repainted(host)
    assert told.inner_text().startswith("S4 map 0, row 0, column 0")
    page.touchscreen.tap(*within(unit("F6"), (0.97, 0.97))[0])
    repainted(host)
    assert told.inner_text().startswith("F6 unit 83")
    unit("C3").focus()
    page.keyboard.press("Home")
    page.keyboard.press("End")
    repainted(host)
    assert told.inner_text().startswith("C3 map 15")
    page.mouse.move(1, 1)


def drive_playback(host, page):
    slider = host.get_by_role("slider", name="Epoch")
    slider.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert said(host).startswith("After epoch 1")
    page.mouse.click(*within(host.get_by_role("button", name="Step", exact=True), (0.5, 0.5))[0])
    assert said(host).startswith("After epoch 2")
    page.touchscreen.tap(*within(host.get_by_role("button", name="Step back"), (0.5, 0.5))[0])
    assert said(host).startswith("After epoch 1")


DRIVERS = {name: globals()[f"drive_{name}"] for name in PAGES}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_by_keyboard_pointer_and_touch_in_light_and_dark_twice_on_a_page(element, name, width):
    host, watched = element(name, width=width, touch=True)
    page = watched.page
    DRIVERS[name](host, page)
    # A second one of the same kind, in the other theme; the first one stays as it is.
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    host.evaluate(
        "host => { const twin = document.createElement('div'); for (const key of ['lenetElement', "
        "'lenetState']) twin.dataset[key] = host.dataset[key]; twin.id = 'twin'; host.after(twin); "
        "LeNetCourse.start(); }"
    )
    repainted(host)
    page.wait_for_timeout(450)
    before = host.inner_text()
    DRIVERS[name](page.locator("#twin"), page)
    assert host.inner_text() == before
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))
    assert "NaN" not in page.locator("#twin").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert watched.faults == []


def test_an_element_that_cannot_start_says_so_and_leaves_the_others_be(element):
    host, _ = element("calculator")
    host.evaluate(
        "host => { for (const [name, state] of [['nothing', '{}'], ['calculator', '{\"kind']]) { "
        "const other = document.createElement('div'); other.className = 'broken'; "
        "other.dataset.lenetElement = name; other.dataset.lenetState = state; host.after(other); }"
        "LeNetCourse.start(); }"
    )
    cut, nothing = host.page.locator(".broken").get_by_role("alert").all_inner_texts()
    assert nothing == "This element could not start: There is no element named nothing."
    assert cut.startswith("This element could not start: ")
    host.get_by_label("A row of the table").select_option("C3")
    assert "10x10x16" in host.locator("table").inner_text()
