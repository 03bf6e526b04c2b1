"""The quizzes: their questions as data, their Python side, and the element in a real browser."""

import json
import re
from html import unescape
from pathlib import Path

import nbformat
import pytest

from lenet_utils import widgets
from lenet_utils.widgets import quizzes
from lenet_utils.widgets.quizzes import QUIZZES

ROOT = Path(__file__).parent.parent
CHAPTERS = {path.stem: path for path in sorted((ROOT / "chapters").glob("*.ipynb"))}
PAGE = "chapters/02_c1"
QUIZ = QUIZZES["02_c1"]
RIGHT = [next(i for i, choice in enumerate(q.choices) if choice.right) for q in QUIZ]
WRONG = [next(i for i, choice in enumerate(q.choices) if not choice.right) for q in QUIZ]

# ---------- the questions ----------


@pytest.mark.parametrize("chapter", QUIZZES)
def test_every_question_has_one_right_choice_and_a_word_on_each(chapter):
    quiz = QUIZZES[chapter]
    assert 2 <= len(quiz) <= 4
    for question in quiz:
        assert question.text.rstrip().endswith("?")
        assert 2 <= len(question.choices) <= 5
        assert sum(choice.right for choice in question.choices) == 1, question.text
        texts = [choice.text for choice in question.choices]
        said = [choice.feedback for choice in question.choices]
        assert len(set(texts)) == len(texts)
        assert len(set(said)) == len(said)
        for choice in question.choices:
            assert 1 <= len(choice.text.split()) <= 20, choice.text
            assert 3 <= len(choice.feedback.split()) <= 40, choice.feedback
            assert choice.feedback[-1] == "."
            assert not re.match(r"(right|wrong|correct|no|yes)[.,]", choice.feedback, re.IGNORECASE)
        for text in [question.text, *texts, *said]:
            assert "!" not in text
            assert text.count("`") % 2 == 0
            assert text == " ".join(text.split())


def test_the_right_choice_is_not_always_in_one_place():
    places = [
        [choice.right for choice in question.choices].index(True)
        for quiz in QUIZZES.values()
        for question in quiz
    ]
    for place in range(3):
        assert 0.2 < places.count(place) / len(places) < 0.5
    for quiz in QUIZZES.values():
        assert len({tuple(choice.right for choice in question.choices) for question in quiz}) > 1


def test_no_two_questions_are_the_same():
    texts = [question.text for quiz in QUIZZES.values() for question in quiz]
    assert len(set(texts)) == len(texts)


def test_quizzes_type_no_count_of_the_table():
    from test_notebooks import typed_counts

    text = Path(quizzes.__file__).read_text(encoding="utf-8")
    for count in typed_counts():
        assert not re.search(rf"(?<![\w.,]){re.escape(count)}(?![\w]|[.,]\d)", text), count


@pytest.mark.parametrize("chapter", [name for name in CHAPTERS if name in QUIZZES])
def test_every_chapter_asks_its_quiz_before_the_exercises(chapter):
    cells = nbformat.read(CHAPTERS[chapter], as_version=4).cells
    sources = [cell.source for cell in cells]
    asked = [i for i, source in enumerate(sources) if f'Quiz("{chapter}")' in source]
    assert len(asked) == 1
    exercises = next(i for i, source in enumerate(sources) if source.startswith("## Exercises"))
    assert asked[0] < exercises
    (output,) = cells[asked[0]].outputs
    assert output.data["text/html"] == widgets.Quiz(chapter).host()


def test_every_chapter_of_the_first_two_parts_has_a_quiz():
    assert {name for name in CHAPTERS if name[:2] <= "12"} <= set(QUIZZES)


# ---------- Python ----------


def test_answers_and_score():
    quiz = widgets.Quiz("02_c1")
    assert quiz.answers == [-1] * len(QUIZ)
    assert quiz.score == 0
    quiz.answers = RIGHT
    assert quiz.score == len(QUIZ)
    quiz.answers = [RIGHT[0], *WRONG[1:]]
    assert quiz.score == 1
    assert repr(quiz) == "Quiz(chapter='02_c1')"
    assert widgets.Quiz("02_c1", answers=RIGHT).score == len(QUIZ)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: widgets.Quiz("02_c2"), "chapter must be one of 01_input, 02_c1, .*, not '02_c2'"),
        (lambda: widgets.Quiz("02_c1", answers=[0]), "answers must be 3 numbers, not 1"),
        (lambda: widgets.Quiz("02_c1", answers=[0, 0, 9]), "each answer must be a whole number"),
        (lambda: widgets.Quiz("02_c1", answers=[0, 0, -2]), "each answer must be a whole number"),
        (lambda: widgets.Quiz("02_c1", answers=[0, 0, "1"]), "each answer must be a whole number"),
        (lambda: widgets.Quiz("02_c1", answers=[0, 0, None]), "each answer must be a whole number"),
    ],
)
def test_wrong_values_get_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


@pytest.mark.parametrize("chapter", QUIZZES)
def test_where_no_script_runs_the_questions_are_a_plain_list(chapter):
    quiz = widgets.Quiz(chapter)
    still = quiz.still()
    text = unescape(re.sub(r"<[^>]+>", "\n", still))
    for question in QUIZZES[chapter]:
        assert question.text.replace("`", "\n") in text
        for choice in question.choices:
            assert choice.text.replace("`", "\n") in text
            assert unescape(choice.feedback) not in text  # nothing is answered there
    for tag in ("ol", "ul", "li", "figure", "figcaption", "code"):
        assert len(re.findall(rf"<{tag}\b", still)) == still.count(f"</{tag}>")
    state = re.search(r'data-lenet-state="([^"]*)"', quiz.host())[1]
    assert json.loads(unescape(state)) == json.loads(json.dumps(quiz.state()))
    assert len(quiz.host()) < 6000


# ---------- the page ----------


@pytest.fixture
def quiz(site, open_page):
    """A function that opens a page with a quiz and returns (element, watched page)."""

    def find(name=PAGE, **options):
        watched = open_page((site / f"{name}.html").as_uri(), **options)
        host = watched.page.locator("[data-lenet-element=quiz]")
        host.scroll_into_view_if_needed()
        return host, watched

    return find


def question(host, number):
    return host.get_by_role("group", name=f"{number + 1}. {QUIZ[number].text}")


def feedback(host, number):
    return host.locator("form").nth(number).get_by_role("status").inner_text()


def answer(host, number, choice, tap=False):
    """Choose and check by pointer or by touch, on the label's text as a reader would."""
    asked = question(host, number)
    label = asked.locator("label").nth(choice)
    check = asked.get_by_role("button", name="Check")
    for target in (label, check):
        target.tap() if tap else target.click()


browser = pytest.mark.browser


@browser
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (1280, "dark"), (390, "light"),
                                              (390, "dark")])  # fmt: skip
def test_by_pointer_and_touch_every_choice_gets_its_feedback(quiz, width, theme):
    host, watched = quiz(width=width, theme=theme, touch=width == 390)
    assert host.locator("figcaption").count() == 0
    for number, asked in enumerate(QUIZ):
        for place, choice in enumerate(asked.choices):
            answer(host, number, place, tap=width == 390)
            opening = "Right." if choice.right else "Not this one."
            assert feedback(host, number) == f"{opening} {choice.feedback}".replace("`", "")
    assert (
        host.locator(".lenet-tally")
        .inner_text()
        .startswith(f"{sum(q.choices[-1].right for q in QUIZ)} of {len(QUIZ)} right")
    )
    assert host.evaluate("host => host.scrollWidth <= host.clientWidth")
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
    assert watched.faults == []
    assert watched.outside == []


@browser
def test_by_keyboard_alone(quiz):
    host, watched = quiz()
    keyboard = watched.page.keyboard
    radios = question(host, 0).get_by_role("radio")
    radios.first.focus()
    keyboard.press("Space")
    assert radios.first.is_checked()
    assert feedback(host, 0) == ""  # choosing says nothing yet: arrow keys choose as they go
    keyboard.press("ArrowDown")
    assert radios.nth(1).is_checked()
    for _ in range(len(QUIZ[0].choices) - 1):
        keyboard.press("ArrowDown")
    assert radios.first.is_checked()
    keyboard.press("Tab")
    focused = "() => [document.activeElement.textContent, getComputedStyle(document.activeElement).outlineStyle]"  # noqa: E501
    assert watched.page.evaluate(focused) == ["Check", "solid"]
    keyboard.press("Enter")
    assert feedback(host, 0).endswith(QUIZ[0].choices[0].feedback)
    keyboard.press("Tab")  # on to the next question
    keyboard.press("Enter")  # Enter on a choice checks, too
    assert feedback(host, 1) == "Choose an answer first."
    keyboard.press("Space")
    keyboard.press("Enter")
    assert feedback(host, 1).endswith(QUIZ[1].choices[0].feedback)
    assert watched.faults == []


@browser
def test_another_choice_takes_back_what_was_said(quiz):
    host, _ = quiz()
    answer(host, 0, WRONG[0])
    assert feedback(host, 0) != ""
    question(host, 0).locator("label").nth(RIGHT[0]).click()
    assert feedback(host, 0) == ""
    assert host.locator(".lenet-tally").inner_text() == f"0 of {len(QUIZ)} right"


@browser
def test_answers_are_kept_until_the_reader_starts_again(quiz):
    host, watched = quiz()
    answer(host, 0, RIGHT[0])
    answer(host, 1, WRONG[1])
    said = [feedback(host, number) for number in range(len(QUIZ))]
    watched.page.reload()
    host = watched.page.locator("[data-lenet-element=quiz]")
    assert [feedback(host, number) for number in range(len(QUIZ))] == said
    assert question(host, 1).get_by_role("radio").nth(WRONG[1]).is_checked()
    assert "1 of 3 right, 1 to think over again" in host.locator(".lenet-tally").inner_text()
    host.get_by_role("button", name="Start again").click()
    assert host.get_by_role("radio", checked=True).count() == 0
    assert host.get_by_text("All answers are cleared.").count() == 1
    watched.page.reload()
    assert host.get_by_role("radio", checked=True).count() == 0
    assert watched.faults == []


@browser
@pytest.mark.parametrize(
    "kept", ["no json", '"text"', "[1, 2]", '{"an old question?": "54"}', "null", "{}"]
)
def test_what_is_kept_may_be_anything(quiz, kept):
    host, watched = quiz()
    watched.page.evaluate("kept => localStorage.setItem('lenet-quiz/02_c1', kept)", kept)
    watched.page.reload()
    assert host.get_by_role("radio", checked=True).count() == 0
    answer(host, 0, RIGHT[0])
    assert feedback(host, 0).startswith("Right.")
    assert watched.faults == []


@browser
def test_works_where_storage_is_forbidden(site, open_page):
    watched = open_page("about:blank")
    watched.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', "
        "{ get() { throw new DOMException('forbidden', 'SecurityError'); } });"
    )
    watched.page.goto((site / f"{PAGE}.html").as_uri())
    host = watched.page.locator("[data-lenet-element=quiz]")
    answer(host, 0, RIGHT[0])
    assert feedback(host, 0).startswith("Right.")
    host.get_by_role("button", name="Start again").click()
    assert feedback(host, 0) == ""


@browser
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_names_roles_and_contrast_for_everyone(quiz, axe, width, theme):
    host, watched = quiz(width=width, theme=theme)
    answer(host, 0, RIGHT[0])
    answer(host, 1, WRONG[1])
    assert host.get_by_role("group").count() == len(QUIZ)
    for number, asked in enumerate(QUIZ):
        radios = question(host, number).get_by_role("radio")
        assert radios.count() == len(asked.choices)
        for choice in asked.choices:
            assert question(host, number).get_by_role("radio", name=choice.text).count() >= 1
    live = host.locator("[role=status]")
    assert {live.nth(i).get_attribute("aria-live") for i in range(live.count())} == {"polite"}
    assert axe(watched.page, "[data-lenet-element=quiz]") == []


@browser
def test_code_in_a_question_is_code(quiz):
    host, _ = quiz("chapters/04_c3")
    assert host.locator("legend code").all_inner_texts() == ["(5, 5, 6)", "(5, 5, 1)"]
    assert "`" not in host.inner_text()
