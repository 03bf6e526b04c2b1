"""The table against the numbers that the course and the paper print, and against counting."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet_utils.architecture import (
    DEPARTURES,
    LENET1,
    LENET5,
    LENET5_1998,
    TABLE_I,
    AveragePooling,
    Convolution,
    FullyConnected,
    Network,
    RadialBasis,
    ReceptiveField,
    Subsampling,
    output_size,
)

# What is typed here is what the table is checked against; nothing else in the project types it.
PUBLISHED = {
    "C1": ((28, 28, 6), 156, "(5·5·1)·6 + 6 = 156"),
    "S2": ((14, 14, 6), 0, "none (nothing to train)"),
    "C3": ((10, 10, 16), 2416, "(5·5·6)·16 + 16 = 2,416"),
    "S4": ((5, 5, 16), 0, "none (nothing to train)"),
    "C5": ((1, 1, 120), 48120, "(5·5·16)·120 + 120 = 48,120"),
    "F6": ((84,), 10164, "120·84 + 84 = 10,164"),
    "Output": ((10,), 850, "84·10 + 10 = 850"),
}
PAPER_1998 = {  # section II-B: trainable parameters and connections
    "C1": (156, 122304),
    "S2": (12, 5880),
    "C3": (1516, 151600),
    "S4": (32, 2000),
    "C5": (48120, 48120),
    "F6": (10164, 10164),
    "Output": (0, 840),
}


def test_course_table_is_the_published_one():
    rows = {
        row.name: (row.output_shape, row.parameters, row.parameters_text) for row in LENET5.rows
    }
    assert rows == PUBLISHED
    assert LENET5.parameters == 61706
    assert LENET5.multiply_accumulates == 416520


def test_1998_table_is_the_papers():
    rows = {row.name: (row.parameters, row.connections) for row in LENET5_1998.rows}
    assert rows == PAPER_1998
    assert (LENET5_1998.parameters, LENET5_1998.connections) == (60000, 340908)
    assert LENET5_1998.multiply_accumulates == 326520


def test_receptive_fields():
    sizes = {row.name: row.receptive_field.size for row in LENET5.rows}
    assert sizes == {"C1": 5, "S2": 6, "C3": 14, "S4": 16, "C5": 32, "F6": 32, "Output": 32}
    # Section II-B: the centers of C3's fields cover 20x20 pixels of the 32x32 input.
    field = LENET5["C3"].receptive_field
    assert field.center(9) - field.center(0) + field.step == 20
    assert LENET5["C5"].receptive_field.span(0) == (0, 31)


def test_table_i_is_connected_without_repeats():
    assert len(TABLE_I) == len(set(TABLE_I)) == 16
    assert [len(row) for row in TABLE_I] == [3] * 6 + [4] * 9 + [6]


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 6), st.integers(0, 5))
def test_output_size_counts_the_windows(size, kernel, stride, padding):
    padded = size + 2 * padding
    if kernel > padded:
        with pytest.raises(ValueError, match="kernel must be at most"):
            output_size(size, kernel, stride, padding)
    else:
        starts = [at for at in range(0, padded, stride) if at + kernel <= padded]
        assert output_size(size, kernel, stride, padding) == len(starts)


@given(st.data(), st.integers(1, 9), st.integers(1, 9), st.integers(1, 4), st.integers(1, 5))
def test_counts_match_listing_every_connection(data, height, width, channels, filters):
    kernel = data.draw(st.integers(1, min(height, width)))
    some = st.lists(st.integers(0, channels - 1), min_size=1, unique=True).map(tuple)
    table = data.draw(st.none() | st.tuples(*[some] * filters))
    layer = Convolution("C", filters=filters, kernel=kernel, table=table)
    fed_by = table or (tuple(range(channels)),) * filters
    weights, biases, connections = set(), set(), 0
    places = [(y, x) for y in range(height - kernel + 1) for x in range(width - kernel + 1)]
    for top, left in places:
        for number in range(filters):
            pixels = {
                (y, x, channel)
                for y in range(top, top + kernel)
                for x in range(left, left + kernel)
                for channel in fed_by[number]
            }
            weights |= {(number, y - top, x - left, channel) for y, x, channel in pixels}
            biases.add(number)
            connections += len(pixels) + 1
    shape = (height, width, channels)
    units = len(places) * filters
    assert layer.parameters(shape) == len(weights) + len(biases)
    assert layer.connections(shape) == connections
    assert layer.multiply_accumulates(shape) == connections - units


@given(st.integers(6, 40), st.integers(1, 5), st.integers(1, 3), st.integers(1, 3))
def test_receptive_field_matches_tracing_pixels(size, first, stride, second):
    def inputs_of(index, kernel, step):
        return range(index * step, index * step + kernel)

    if output_size(size, first, stride) < second:
        return
    field = ReceptiveField().through(first, stride).through(second)
    for index in range(output_size(output_size(size, first, stride), second)):
        seen = {
            pixel
            for middle in inputs_of(index, second, 1)
            for pixel in inputs_of(middle, first, stride)
        }
        # A stride larger than the kernel leaves gaps; the field is what lies between the ends.
        assert field.span(index) == (min(seen), max(seen))


def test_network_lookup_and_replace():
    dense = LENET5_1998.replace(Convolution("C3", filters=16), name="dense C3")
    assert dense.parameters - LENET5_1998.parameters == 900
    assert LENET5_1998["C3"].parameters == 1516
    assert json.loads(json.dumps(LENET5.as_data()))["parameters"] == LENET5.parameters
    with pytest.raises(ValueError, match="layer must be one of C1, S2"):
        LENET5["C2"]
    with pytest.raises(ValueError, match="layer must be one of"):
        LENET5.replace(AveragePooling("S9"))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Convolution("C", filters=0), "filters must be at least 1, not 0"),
        (lambda: Convolution("C", kernel=-5), "kernel must be at least 1, not -5"),
        (lambda: Convolution("C", kernel=2.5), "kernel must be a whole number, not 2.5"),
        (lambda: Convolution("C", stride=0), "stride must be at least 1, not 0"),
        (lambda: Convolution("C", padding=-1), "padding must be at least 0, not -1"),
        (lambda: Convolution("C", filters=True), "filters must be a whole number, not True"),
        (lambda: Convolution("C", filters=2, table=((0,),)), "one row for each of the 2 filters"),
        (lambda: Convolution("C", filters=1, table=((),)), "row 0 must name at least one channel"),
        (lambda: Convolution("C", filters=1, table=((0, 0),)), "must name each channel once"),
        (lambda: Convolution("C", filters=1, table=((-1,),)), "must be at least 0, not -1"),
        (
            lambda: Convolution("C", filters=1, table=((3,),)).parameters((9, 9, 3)),
            "may name channels 0 to 2 of this input, not 3",
        ),
        (lambda: AveragePooling("S", size=0), "size must be at least 1"),
        (lambda: FullyConnected("F", units="84"), "units must be a whole number, not '84'"),
        (lambda: Convolution("C").output_shape((4, 4, 1)), "at most the padded input of 4 pixels"),
        (lambda: Convolution("C").output_shape((32, 32)), "must be .height, width, channels."),
        (lambda: Convolution("C").output_shape((32, 0, 1)), "must be at least 1, not 0"),
        (lambda: Network("n", (8, 8, 1), (Convolution("C", kernel=9),)), "at most the padded"),
        (
            lambda: Network("n", (8, 8, 1), (AveragePooling("S"), AveragePooling("S"))),
            "names must differ, but 'S' is there twice",
        ),
        (lambda: output_size(0, 1), "size must be at least 1, not 0"),
    ],
)
def test_wrong_arguments_get_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_other_layers_count_as_the_paper_does():
    assert Subsampling("S").parameters((28, 28, 6)) == 12
    assert RadialBasis("Output", units=10).connections((84,)) == 840
    assert FullyConnected("F", units=3).parameters((2, 2, 2)) == 27


def test_importing_the_package_imports_nothing_heavy():
    code = (
        "import sys, lenet_utils, lenet_utils.architecture; "
        "print([name for name in ('numpy', 'matplotlib', 'keras', 'tensorflow') "
        "if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_lenet_1_has_the_counts_of_1990():
    # LeCun et al. (1990): 2,578 independent parameters, 98,442 connections.
    assert (LENET1.parameters, LENET1.connections) == (2578, 98442)


def test_copies_let_one_map_feed_several():
    layer = Subsampling("S2", size=2, copies=2)
    assert layer.output_shape((28, 28, 4)) == (14, 14, 8)
    assert layer.parameters((28, 28, 4)) == 16
    assert layer.connections((28, 28, 4)) == 14 * 14 * 8 * 5
    with pytest.raises(ValueError, match="copies must be at least 1, not 0"):
        Subsampling("S2", size=2, copies=0)


def test_each_departure_changes_the_counts_as_its_part_says():
    before = LENET5_1998.parameters
    more = {change: network.parameters - before for change, network in DEPARTURES.items()}
    assert more == {
        "none": 0,
        "every S2 map feeds every C3 map": 900,
        "average pooling": -44,
        "plain tanh": 0,
        "softmax output": 850,
        "all of them: the network of the course": 900 - 44 + 850,
    }
