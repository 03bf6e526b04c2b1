"""The questions of the quizzes, by chapter. Counts come from the table, as everywhere.

A question is `ask(text, choice, choice, ...)`; a choice is `right(text, why)` or
`wrong(text, why)`. Text between backticks is code. Each stands as the reader meets it: before
the exercises of its chapter.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import log, sqrt

from lenet_utils.architecture import (
    LENET5,
    LENET5_1998,
    Convolution,
    Network,
    size_text,
)


@dataclass(frozen=True)
class Choice:
    """One possible answer, with what is said to whoever checks it."""

    text: str
    feedback: str
    right: bool


@dataclass(frozen=True)
class Question:
    """A question with its choices, exactly one of them right."""

    text: str
    choices: tuple[Choice, ...]

    def as_data(self) -> dict:
        """Return the question as plain dictionaries and lists, ready for JSON."""
        return {"text": self.text, "choices": [asdict(choice) for choice in self.choices]}


def right(text: str, feedback: str) -> Choice:
    return Choice(text, feedback, True)


def wrong(text: str, feedback: str) -> Choice:
    return Choice(text, feedback, False)


def ask(text: str, *choices: Choice) -> Question:
    return Question(text, choices)


C1, S2, C3, S4, C5, F6, OUTPUT = LENET5.rows
OLD = {row.name: row for row in LENET5_1998.rows}
SMALL_C1 = Convolution("C1", filters=C1.layer.filters, kernel=3)
WINDOW = C3.layer.kernel**2  # weights on one square of a kernel
LINE = Network("line", (32, 64, 1), LENET5.layers[:5])
WITHOUT_BORDER = Network("28x28", (28, 28, 1), LENET5.layers[:4])
TESTS, ERRORS = 10_000, 82  # the test set, and Fig. 8

QUIZZES: dict[str, tuple[Question, ...]] = {}

QUIZZES["01_input"] = (
    ask(
        "A 9 has been scaled to its box. What is put at the center of the image?",
        wrong(
            "The middle of its box",
            "Then all boxes would hang at the same height. The box of a 9 hangs low, since the "
            "digit is heavy at its top.",
        ),
        wrong("Its darkest pixel", "No single pixel decides. A mean over all of the ink does."),
        right(
            "Its center of mass",
            "Each pixel counts by its ink. The mean lands within half a pixel of the center, "
            "since only whole pixels are moved.",
        ),
    ),
    ask(
        "The digit fits 20x20. Why has the input 32x32 pixels?",
        right(
            "So that the end of a stroke can lie at the center of what a unit of C3 sees",
            "The centers of C3's fields cover 20x20 pixels then, as large as the digit's box.",
        ),
        wrong(
            "So that the sizes are powers of two",
            f"Only the first is one: the maps that follow have sides of {C1.output_shape[0]}, "
            f"{S2.output_shape[0]} and {C3.output_shape[0]}.",
        ),
        wrong(
            "Because the images were scanned at 32x32",
            "They are 28x28 in MNIST, and are extended with background.",
        ),
    ),
    ask(
        "Someone feeds the gray levels 0 to 255 as they are. What happens to units with tanh?",
        wrong(
            "Nothing: weights only have to be smaller",
            "They would have to be. But they start at a usual size, and must still be able to "
            "learn.",
        ),
        right(
            "Many start where tanh is flat, and hardly learn",
            "A sum of 25 large numbers is far out on tanh, where a small change of a weight "
            "changes nothing.",
        ),
        wrong(
            "They give an error",
            "A layer takes any numbers. That is why such mistakes go unnoticed.",
        ),
    ),
)

QUIZZES["02_c1"] = (
    ask(
        "C1 moves its window by two pixels instead of one. What stays as it is?",
        right("Its parameters", "The kernels are the same. They are only used at fewer places."),
        wrong("Its connections", "There are fewer units, and each unit has its own connections."),
        wrong("Its output shape", "The window stops at about half as many places along each side."),
        wrong(
            "Everything", "The kernels stay. The number of places at which they are used does not."
        ),
    ),
    ask(
        f"C1 gets kernels of 3x3 in place of 5x5, still {C1.layer.filters} of them. How many "
        "parameters has it then?",
        wrong(
            str(SMALL_C1.parameters(C1.input_shape) - C1.layer.filters),
            "Those are the weights. Every kernel has a bias as well.",
        ),
        wrong(
            str(C1.parameters),
            "That is C1 with 5x5 kernels: the size of the kernel counts, and the size of the "
            "image does not.",
        ),
        right(
            str(SMALL_C1.parameters(C1.input_shape)),
            "Nine weights and a bias for each kernel. Its maps grow, and that costs no parameter.",
        ),
    ),
    ask(
        "The digit moves three pixels to the right, and stays inside the image. What do the maps "
        "of C1 do?",
        wrong(
            "They stay as they are",
            "That would be invariance. Every place uses the same kernel, so an edge is found "
            "wherever it stands.",
        ),
        right(
            "They move three pixels to the right",
            "That is equivariance: what a unit said, its neighbor three places on says now.",
        ),
        wrong(
            "They change in a way that cannot be predicted",
            "Each place computes the same from its window, and the windows have moved.",
        ),
    ),
)

QUIZZES["03_s2"] = (
    ask(
        "A map is a chessboard of +1 and -1, pixel by pixel. What does average pooling over 2x2 "
        "make of it?",
        wrong("A chessboard of half the size", "Look into one square: it holds two of each."),
        right(
            "Zeros",
            "Each square holds two of each sign, and they cancel. What changes faster than the "
            "squares is lost.",
        ),
        wrong("Ones", "That is what the maximum would give."),
    ),
    ask(
        f"How many parameters has S2 in the network of the course, with its {S2.input_shape[2]} "
        "maps?",
        wrong(
            str(OLD["S2"].parameters),
            "That is S2 of 1998, with a coefficient and a bias for each map.",
        ),
        wrong(
            str(4 * S2.input_shape[2]),
            "Each unit reads four values, but the factor is 1/4 for all of them, and fixed.",
        ),
        right("None", "An average has nothing to learn."),
    ),
    ask(
        "The digit moves one pixel to the right. How do the new maps of S2 follow from the old "
        "ones?",
        right(
            "They do not: the squares hold other pixels now",
            "A shift by one pixel splits the old squares. Only shifts by two pixels move S2's "
            "maps as they are.",
        ),
        wrong(
            "They are the same: pooling makes the network invariant",
            "They change a little less than those of C1, and that is all.",
        ),
        wrong("They move by one unit", "One unit of S2 is two pixels of the image."),
    ),
)

QUIZZES["04_c3"] = (
    ask(
        "How many products are added up for one value of C3?",
        wrong(str(WINDOW), "That is one square. A kernel has one for each map that it reads."),
        right(
            str(WINDOW * C3.input_shape[2]),
            "A square of 5x5 for each of S2's maps, all added up into one number.",
        ),
        wrong(
            f"{WINDOW * C3.input_shape[2] * C3.layer.filters:,}",
            "That is all kernels together. One value comes from one kernel.",
        ),
    ),
    ask(
        "A window of shape `(5, 5, 6)` is multiplied with one square, `(5, 5, 1)`, and summed. "
        "What does NumPy do?",
        wrong("It raises an error", "An axis of length 1 is repeated without a word."),
        wrong("It reads the first map only", "The square is repeated, so it meets all six maps."),
        right(
            "It convolves the sum of the six maps",
            "Repeating the square is the same as adding the maps first: the filter cannot tell "
            "them apart.",
        ),
    ),
    ask(
        "Sixteen dense filters of C3 start with the very same weights, and the next layers treat "
        "them alike. What does training make of them?",
        right(
            "Sixteen times the same filter",
            "The same inputs, the same errors, the same steps. Random starts break the symmetry, "
            "and Table I does, too.",
        ),
        wrong(
            "Sixteen different filters",
            "What would make two of them differ? Their inputs are the same, and so are their "
            "gradients.",
        ),
        wrong(
            "It stops with an error", "Nothing is wrong with the arithmetic. It is only a waste."
        ),
    ),
)

QUIZZES["05_s4"] = (
    ask(
        f"A unit of C3 sees {C3.receptive_field.size} pixels along a side. How many does a unit "
        "of S4 see, which reads 2x2 of them?",
        wrong(
            str(2 * C3.receptive_field.size),
            "The two fields would have to lie side by side. They overlap.",
        ),
        right(
            str(S4.receptive_field.size),
            f"Neighbors in C3 lie {C3.receptive_field.step} pixels apart, so the second adds that "
            "much.",
        ),
        wrong(
            str(C3.receptive_field.size + 1),
            "That would hold if neighbors in C3 were one pixel apart. S2 stands between.",
        ),
    ),
    ask(
        "How many rows of the image do two neighbors in C3 share?",
        wrong(
            "None: each has its own part", "Then strokes would be cut at the borders between them."
        ),
        wrong(str(C3.receptive_field.size - 1), "That would hold if they lay one pixel apart."),
        right(
            str(C3.receptive_field.size - C3.receptive_field.step),
            "The size of a field less the step between two of them.",
        ),
    ),
    ask(
        "Which pixels of its field change a unit of S4 most?",
        right(
            "Those in the middle",
            "Many chains of windows lead from there to the unit. From a corner there is only one.",
        ),
        wrong(
            "All alike", "All of them can change it. They do not have equally many ways to do so."
        ),
        wrong(
            "Those in the corners",
            "From a corner pixel a single chain of windows leads to the unit.",
        ),
    ),
)

QUIZZES["06_c5"] = (
    ask(
        f"C5 has {C5.parameters:,} parameters. Why has it just as many connections?",
        right(
            "Its window fits at one place only",
            "Every weight is used once. In C1 each is used at every place of a map.",
        ),
        wrong("It is a dense layer, and those share weights", "Dense layers share nothing."),
        wrong("By chance", "Connections are parameters times places. Count the places."),
    ),
    ask(
        "The image becomes twice as wide, 32 rows and 64 columns. Which shape has the output of "
        "C5?",
        wrong(
            "1x2x120",
            "Places are not image widths apart. Two halvings by pooling put them 4 pixels apart.",
        ),
        wrong(
            "1x33x120",
            "That would be a place for every pixel. Pooling halves the resolution twice.",
        ),
        right(
            size_text(LINE["C5"].output_shape),
            "The first place sees the left half, the last one the right half, and there is one "
            "every 4 pixels.",
        ),
    ),
    ask(
        "The weights of C5 go into a dense layer, but the maps are flattened channel by channel "
        "instead of row by row. What happens?",
        wrong("An error: the shapes do not fit", "Both orders give a vector of the same length."),
        right(
            "No error, and answers that are noise",
            "Each weight meets a value that it was not made for. Only a comparison of numbers "
            "shows it.",
        ),
        wrong(
            "Nothing: the order of a sum does not matter",
            "It does not, if weights and values move together. Here only the values moved.",
        ),
    ),
)

QUIZZES["07_f6"] = (
    ask(
        "Why has F6 84 units in the network of 1998?",
        wrong(
            "It is what the memory of the time allowed",
            "C5 has far more weights. The number comes from what F6 had to show.",
        ),
        wrong(
            "It lies between C5's 120 and the 10 outputs",
            "Any number there would do for a softmax output. In 1998 the output was another.",
        ),
        right(
            "Its target was a picture of 7x12",
            "Each class had a code of +1 and -1, drawn as a small picture of its character.",
        ),
    ),
    ask(
        "A unit's state is 0.95. How steep is tanh there, if it has a slope of 1 in the middle?",
        right(f"About {1 - 0.95**2:.1f}", "The slope is one minus the square of the state."),
        wrong("0.95", "That is the state. Near its ends tanh is flat."),
        wrong(
            f"About {1 - 0.95:.2f}",
            "That is the distance to 1. The slope is one minus the square of the state.",
        ),
    ),
    ask(
        "Every tanh is taken out of LeNet-5, and nothing else. What can the network compute?",
        wrong(
            "The same, only more slowly",
            "Something is lost for good: try to write two layers as one.",
        ),
        right(
            "What one dense layer on the pixels can",
            "Sums of sums are sums, and convolutions and averages are sums as well.",
        ),
        wrong("Nothing: it would overflow", "It computes well. It computes little."),
    ),
)

QUIZZES["08_output"] = (
    ask(
        "5 is added to each of the ten logits. What do the shares do?",
        wrong("All grow", "They have to add up to 1."),
        right(
            "They stay as they are",
            "Every exponential grows by the same factor, and the division takes it out.",
        ),
        wrong(
            "The largest grows, the others fall",
            "That is what multiplying does. Only differences of logits count.",
        ),
    ),
    ask(
        "A network knows nothing and gives each of ten classes the same share. What is its "
        "cross-entropy, in nats?",
        wrong("0.10", "That is the share. The price is minus its logarithm."),
        wrong("1.00", "That is minus the logarithm to the base 10. Nats use the natural one."),
        right(
            f"{log(10):.2f}",
            "The logarithm of ten: what a loss should start near, before anything is learned.",
        ),
    ),
    ask(
        "The network is shown pure noise and answers 8 with 99 %. What does the number mean?",
        right(
            "That 8 is far ahead of the nine others",
            "Softmax compares the ten classes, and must give away all of its 1.",
        ),
        wrong(
            "That the image is an 8 in 99 cases of 100",
            "That holds at best for images like those it was trained on.",
        ),
        wrong(
            "That something is wrong with the weights",
            "The weights are fine. There is no class for an image that is no digit.",
        ),
    ),
)

QUIZZES["09_assemble"] = (
    ask(
        "Which layer stores most parameters, and which does most of the arithmetic?",
        wrong("C5 both", "C5 uses each of its many weights once."),
        right(
            "C5 stores most, C3 computes most",
            "C3 uses each weight at every place of its maps; C5 has a single place.",
        ),
        wrong(
            "F6 stores most, C1 computes most",
            "F6 is dense, but small. C1 has many places, but its kernels read a single channel.",
        ),
    ),
    ask(
        "Someone feeds the table's network images of 28x28, without a border. What happens?",
        right(
            f"C5 cannot be built: S4's maps are {size_text(WITHOUT_BORDER['S4'].output_shape[:2])}",
            "Its kernel of 5x5 no longer fits. The usual repair is to pad C1.",
        ),
        wrong(
            "It works, with fewer parameters",
            "Parameters do not depend on the image, as long as every window fits.",
        ),
        wrong(
            "It works, and reads a little worse",
            "Follow the sides through the layers: one window no longer fits.",
        ),
    ),
    ask(
        "A copy of the network has forgotten the tanh of C1. Which check finds it?",
        wrong("The total of its parameters", "tanh has nothing to train, so no count can see it."),
        wrong("The shapes of its layers", "tanh changes no shape."),
        right(
            "A comparison of the states, for one image",
            "Numbers in each place show what counts and shapes hide.",
        ),
    ),
)

QUIZZES["10_train"] = (
    ask(
        "In the first pass, which error is higher: on the training images, counted while the "
        "network learns, or on the validation images after the pass?",
        right(
            "On the training images",
            "Most of them were counted with the poor weights from early in the pass.",
        ),
        wrong(
            "On the validation images, since it never saw them",
            "True of a trained network. In the first pass the weights change far too much for "
            "that.",
        ),
        wrong("They are equal", "They are counted with different weights."),
    ),
    ask(
        "Two recipes differ by 0.05 points of validation error. Seeds of one recipe differ by "
        "0.1. Which is better?",
        wrong("The one with the lower error", "Another seed might turn them round."),
        right(
            "Nobody knows yet",
            "A difference below the spread of the seeds is no finding: train more seeds, or take "
            "the cheaper one.",
        ),
        wrong(
            "The one with the lower test error",
            "Then the test images would have been used to choose, and would forecast nothing any "
            "more.",
        ),
    ),
    ask(
        "Training images are moved by a pixel at random. Should the validation images be, too?",
        wrong(
            "Yes, or the comparison is not fair",
            "Validation asks how well images are read as they come.",
        ),
        wrong(
            "Yes, it makes the set nine times larger",
            "The nine are nearly the same image, and the number would change from run to run.",
        ),
        right("No", "Shifts are part of learning. What is measured stays as it is."),
    ),
)

QUIZZES["11_evaluate"] = (
    ask(
        f"A network is wrong on 1 % of all digits. On {TESTS:,} test images that would be "
        f"{TESTS // 100}. By how many will the count typically miss?",
        wrong("1", "A count of random events varies by about its square root."),
        right(
            f"{sqrt(TESTS * 0.01 * 0.99):.0f}",
            "The standard deviation of the count, which is a tenth of a percent of the images.",
        ),
        wrong(
            f"{TESTS // 100}",
            "That would make the test useless. A count of random events varies by about its "
            "square root.",
        ),
    ),
    ask(
        "The network may reject images that it is unsure of. The threshold goes up. What happens?",
        wrong(
            "More are rejected, and errors stay",
            "Errors are more frequent among the unsure answers, so they go first.",
        ),
        wrong("Fewer are rejected", "The rule rejects a margin below the threshold."),
        right(
            "More are rejected, and fewer of the rest are wrong",
            "That is the trade: at first few rejections remove many errors.",
        ),
    ),
    ask(
        "In a confusion matrix with true digits in rows, what does one row add up to?",
        right("The images of that digit", "Each of them got exactly one answer."),
        wrong("The times that digit was answered", "That is a column."),
        wrong("The errors on that digit", "The right answers, on the diagonal, are in it as well."),
    ),
)

QUIZZES["12_look_inside"] = (
    ask(
        "An image is made, pixel by pixel, so that the output for 3 is as large as it can be. "
        "What will it look like?",
        wrong(
            "A very clear 3", "Training asked which of ten digits it is, never whether it is one."
        ),
        wrong("The mean of all 3s", "Nothing in the procedure looks at images of a 3."),
        right(
            "Smudges and dots",
            "Almost all images are no digits, and for those the answer was left open.",
        ),
    ),
    ask(
        "A digit moves by two pixels. In which layer is the state most like the one before?",
        wrong("C1", "Its maps move along with the digit, so in place they change most."),
        right("F6", "From layer to layer the state says less of where and more of what."),
        wrong("In all alike", "Then either all would notice the shift, or none."),
    ),
    ask(
        "One pixel in five is inverted. The network is wrong most of the time. How sure is it?",
        right(
            "Nearly as sure as before",
            "It never saw such images. Its probabilities tell nothing about them.",
        ),
        wrong("About one in ten: it guesses", "It errs on most of them, and does not know."),
        wrong(
            "Exactly as sure as it is often right",
            "That would be calibration, and holds at best for images like those of the training.",
        ),
    ),
)

QUIZZES["13_original"] = (
    ask(
        f"The common LeNet-5 has {LENET5.parameters - LENET5_1998.parameters:,} parameters more "
        "than that of 1998. Which change adds most of them?",
        wrong(
            "The softmax output",
            f"It adds {OUTPUT.parameters - OLD['Output'].parameters}, since the codes of 1998 are "
            "fixed. Another change adds more.",
        ),
        right(
            "C3 without Table I",
            f"It adds {C3.parameters - OLD['C3'].parameters}: every link that the table leaves "
            "out is a square of weights.",
        ),
        wrong(
            "Pooling without coefficients",
            f"That takes {OLD['S2'].parameters + OLD['S4'].parameters} away: a coefficient and a "
            "bias for each map.",
        ),
    ),
    ask(
        "Each output unit of 1998 returns the squared distance of F6 to the code of its class. "
        "Which class is the answer?",
        wrong("That of the largest output", "That is the class F6 is least like."),
        wrong("That of the output nearest to 1", "A distance has no target. Small is near."),
        right("That of the smallest output", "The nearest code wins."),
    ),
    ask(
        "The network squashes with 1.7159 tanh(2a/3). What is its value at a = 1?",
        right(
            "1",
            "The factors are made for that: a target of +1 is reached at a sum of 1, in the bend "
            "of the curve.",
        ),
        wrong("1.7159", "That is where it goes for very large sums."),
        wrong("2/3", "That factor stands inside tanh, and squeezes the curve."),
    ),
)

QUIZZES["14_losses"] = (
    ask(
        "The loss is the distance of F6 to the code of the right class, and nothing else. The "
        "codes may learn. What does training find?",
        wrong("Codes that look like the digits", "Nothing asks for that."),
        right(
            "One code for all classes, and an F6 that always shows it",
            "Then every distance is 0, and the loss with it. Nothing rewards being far from the "
            "wrong codes.",
        ),
        wrong(
            "Codes that are as far apart as possible",
            "The loss looks at the right class alone, so no class competes with another.",
        ),
    ),
    ask(
        "What does the second term of the MAP loss add, the logarithm over all classes?",
        right(
            "It pulls up the distances to the wrong codes",
            "So the classes compete: it does not help to be near all codes at once.",
        ),
        wrong("It keeps the weights small", "No weight stands in it, only distances."),
        wrong(
            "It pulls down the distances to all codes",
            "That would bring back the collapse. It has the opposite sign.",
        ),
    ),
    ask(
        "What is the positive constant j of that loss?",
        wrong("The learning rate", "It is part of the loss, whatever rate is used."),
        wrong("The number of the right class", "That is the label."),
        right(
            "The penalty of a class for rubbish",
            "It stands in the sum like one more class, so distances that are large already are "
            "hardly pushed further.",
        ),
    ),
)

QUIZZES["15_training_1998"] = (
    ask(
        "In stochastic diagonal Levenberg-Marquardt a weight's step size is the global rate "
        "divided by mu plus its curvature. Which weights move by small steps?",
        wrong(
            "Those with little curvature", "Along them the loss is flat, and large steps are safe."
        ),
        right(
            "Those with much curvature",
            "Along them the loss bends soon, and a large step would overshoot.",
        ),
        wrong("All alike", "That is plain gradient descent."),
    ),
    ask(
        "What is mu for?",
        right(
            "It keeps the step finite where the curvature is near 0",
            "Without it a flat direction would get an enormous step.",
        ),
        wrong(
            "It slows all weights down as training goes on",
            "The global rate does that, by its schedule.",
        ),
        wrong("It is the momentum", "The method has none."),
    ),
    ask(
        "How many times are the weights changed in one pass over 60,000 patterns?",
        wrong("Once", "That would be the gradient of the whole set, a batch method."),
        wrong("500 times", "500 patterns are used to estimate the curvature before a pass."),
        right("60,000 times", "After every single pattern. That is what stochastic means here."),
    ),
)

QUIZZES["16_more_data"] = (
    ask(
        "Distortions make 600,000 patterns of 60,000. Training still takes 20 passes of 60,000. "
        "How often is each pattern seen?",
        wrong("20 times", "That holds without distortions."),
        wrong("Ten times", "There are ten times as many patterns: each is seen less often."),
        right("About twice", "As much computing as before, on far more various examples."),
    ),
    ask(
        "Which change is not among the distortions that the paper lists?",
        right(
            "Rotation",
            "Shifts, scaling, squeezing and shear are listed. A small turn is near to a shear, "
            "but is not named.",
        ),
        wrong("Shear", "Lines are shifted against each other: the paper lists it."),
        wrong("Squeezing", "Narrower and taller, or the reverse: the paper lists it."),
    ),
    ask(
        "By the paper's rule, when is a pattern rejected?",
        wrong("When its best score is too low", "A best score may be low and still far ahead."),
        right(
            "When the two best scores are too close",
            "The answer could then as well have been the other.",
        ),
        wrong(
            "When no class has a score above one half",
            "The rule needs no probabilities, only two scores to compare.",
        ),
    ),
)

QUIZZES["17_the_82"] = (
    ask(
        f"Fig. 8 shows {ERRORS} errors on {TESTS:,} test patterns. Which network made them?",
        wrong(
            "The one trained without distortions",
            "Its error is 0.95 %, which would be 95 patterns.",
        ),
        right(
            "The one trained with distortions",
            f"{ERRORS / TESTS:.2%} is its error; without distortions it would be 95 patterns.",
        ),
        wrong("Boosted LeNet-4", "The figure is of LeNet-5."),
    ),
    ask(
        "Suppose our network makes 80 errors. If errors fell on test patterns at random, how many "
        f"would it share with those {ERRORS}?",
        wrong("About 40", "Half of them? Chance puts 80 errors anywhere among all patterns."),
        wrong(
            "About 8",
            "Multiply 80 by the share of the patterns that are among the errors of Fig. 8.",
        ),
        right(
            "Less than one",
            f"80 times {ERRORS} in {TESTS:,} is {80 * ERRORS / TESTS:.2f}. Every error beyond "
            "that says that some digits are hard for everyone.",
        ),
    ),
    ask(
        "Some of the errors are patterns that careful readers label differently. What follows for "
        "the error rate?",
        right(
            "Below a certain rate, it measures the labels",
            "On such patterns a network is right by luck, or because it has learned this set's "
            "habits.",
        ),
        wrong(
            "Nothing: a label is a label",
            "The rate can be computed. What it says about reading digits is another question.",
        ),
        wrong(
            "The patterns must be taken out before testing",
            "Then the rate could not be compared with anybody's. Report them, and leave them in.",
        ),
    ),
)

QUIZZES["18_robustness"] = (
    ask(
        "A network never saw turned digits in its training. Do its convolutions read them all the "
        "same?",
        wrong(
            "Yes: a convolution does not care about direction",
            "Its kernels answer to edges of one direction. Turn the edge, and another kernel "
            "answers.",
        ),
        wrong(
            "Yes, thanks to pooling", "Pooling forgives a little shift, and no turn beyond that."
        ),
        right(
            "Only if they are turned a little",
            "Equivariance holds for shifts. For turns the network needs examples.",
        ),
    ),
    ask(
        "The paper's network for noisy input was trained with noise. Which?",
        right(
            "Each pixel inverted with a probability of 0.1",
            "So one pixel in ten, on average, wherever it is.",
        ),
        wrong(
            "A little added to every gray level",
            "Pixels were inverted: ink became background, and background ink.",
        ),
        wrong(
            "Random lines across the image",
            "The pixels were inverted one by one, without a pattern.",
        ),
    ),
    ask(
        "Someone writes that a network stands turns of up to 30 degrees. What would you ask for?",
        wrong("A picture of a turned digit that it reads", "One digit is an anecdote."),
        right(
            "The error at each angle, over many digits",
            "Then everyone can choose what still counts as standing it.",
        ),
        wrong(
            "The probability that it gives its answers",
            "Away from its training data a network is wrong and sure.",
        ),
    ),
)

QUIZZES["19_capstone"] = (
    ask(
        "You may have as many parameters as LeNet-5, and want more kernels in the first layer. "
        "Where do you take them from?",
        wrong(
            "From the biases",
            "There are too few of them: one for each kernel or unit.",
        ),
        right(
            "From the layer that first joins maps and units",
            "Each of its units sees every place of every map, and pays for each.",
        ),
        wrong(
            "From the output",
            "Ten units with a weight for each unit before them are a small part of the budget.",
        ),
    ),
    ask(
        "Two changes, made together, lower the validation error. What do you know?",
        wrong(
            "Both help",
            "One may help and the other may hurt by less. Leave each out once.",
        ),
        wrong(
            "The larger change helps",
            "Nothing says which of them did it.",
        ),
        right(
            "That the two together do, for these seeds",
            "To know more, leave out one at a time, and run several seeds.",
        ),
    ),
    ask(
        "You tried twelve networks on the test images and report the best. Is its error a fair "
        "forecast for new digits?",
        right(
            "No, it is too low",
            "The best of twelve was lucky as well as good, and new digits bring no luck along.",
        ),
        wrong(
            "Yes: it never learned from the test images",
            "You did. Choosing by them is a way of learning from them.",
        ),
        wrong(
            "Yes, if all twelve are reported",
            "That is honest, and lets others see how lucky the best was. The number stays too low.",
        ),
    ),
)
