/* The quiz of a chapter: choose, check, and read why. The answers are kept in the browser. */
(function (course) {
  "use strict";
  if (course.elements.quiz) return;
  const { make, button, status } = course;
  const UNANSWERED = -1;

  /** Return text with what stands between backticks as code. */
  const marked = (text) =>
    text.split("`").map((part, i) => (i % 2 ? make("code", {}, part) : part));

  /** Return what keeps answers between visits, by the text of question and choice, so that a
   * changed question is asked anew. Where the browser allows no storage, nothing is kept. */
  function memory(chapter, questions) {
    const key = `lenet-quiz/${chapter}`;
    const textOf = (question, answer) => question.choices[answer]?.text;
    return {
      read() {
        let kept = null;
        try {
          kept = JSON.parse(localStorage.getItem(key));
        } catch {
          // a policy forbids it, or what is kept is no JSON
        }
        return questions.map((question) => question.choices.findIndex(
          (choice) => choice.text === kept?.[question.text]));
      },
      write(answers) {
        const kept = {};
        questions.forEach((question, i) => {
          if (answers[i] !== UNANSWERED) kept[question.text] = textOf(question, answers[i]);
        });
        try {
          if (Object.keys(kept).length) localStorage.setItem(key, JSON.stringify(kept));
          else localStorage.removeItem(key);
        } catch {
          // the quiz works without
        }
      },
    };
  }

  course.elements.quiz = function (host, model) {
    const questions = model.get("questions");
    const kept = memory(model.get("chapter"), questions);
    const tally = make("p", { class: "lenet-tally" });
    const cleared = status();
    const answers = () => [...model.get("answers")];

    function show() {
      const now = answers();
      const done = now.filter((answer) => answer !== UNANSWERED).length;
      const right = now.filter((answer, i) => questions[i].choices[answer]?.right).length;
      tally.textContent = `${right} of ${questions.length} right` +
        (done === right ? "" : `, ${done - right} to think over again`);
      asked.forEach((one, i) => one.show(now[i]));
    }

    function answer(number, choice) {
      const now = answers();
      now[number] = choice;
      model.set("answers", now);
      kept.write(now);
      cleared.say("");
      show();
    }

    /** Return a question: its form, and how to show an answer that is checked. */
    function ask(question, number) {
      const name = course.id("question");
      const said = status();
      said.element.classList.add("lenet-feedback");
      const inputs = [], labels = [];
      for (const [i, choice] of question.choices.entries()) {
        const input = make("input", {
          type: "radio", name, value: i, "data-lm-suppress-shortcuts": "true",
          onchange: () => answer(number, UNANSWERED), // what was said, was said of another choice
        });
        inputs.push(input);
        labels.push(make("label", { class: "lenet-choice" }, input,
          make("span", {}, ...marked(choice.text))));
      }
      const check = make("button", { type: "submit", class: "lenet-button" }, "Check");
      const form = make("form", {
        onsubmit(event) {
          event.preventDefault();
          const chosen = inputs.findIndex((input) => input.checked);
          if (chosen === UNANSWERED) said.say("Choose an answer first.");
          else answer(number, chosen);
        },
      }, make("fieldset", {}, make("legend", {}, `${number + 1}. `, ...marked(question.text)),
        ...labels, check), said.element);

      return {
        element: form,
        clear: () => inputs.forEach((input) => { input.checked = false; }),
        show(checked) {
          labels.forEach((label, i) => {
            label.classList.toggle("lenet-is-right", i === checked && question.choices[i].right);
            label.classList.toggle("lenet-is-wrong", i === checked && !question.choices[i].right);
          });
          if (checked === UNANSWERED) return said.say("");
          inputs[checked].checked = true;
          const { right, feedback } = question.choices[checked];
          const text = `${right ? "Right." : "Not this one."} ${feedback}`;
          if (said.element.textContent !== text.replaceAll("`", ""))
            said.element.replaceChildren(...marked(text));
        },
      };
    }

    const asked = questions.map(ask);
    const again = button("Start again", () => {
      asked.forEach((one) => one.clear());
      const none = questions.map(() => UNANSWERED);
      model.set("answers", none);
      kept.write(none);
      show();
      cleared.say("All answers are cleared.");
    });
    host.append(
      make("p", { class: "lenet-title" }, "Predict, then check"),
      ...asked.map((one) => one.element),
      make("div", { class: "lenet-quiz-end" }, tally, again, cleared.element),
    );
    model.onchange((key) => {
      if (key === undefined) show(); // the page's own model tells of its own changes
    });
    const before = kept.read();
    if (answers().every((one) => one === UNANSWERED) && before.some((one) => one !== UNANSWERED)) {
      model.set("answers", before);
    }
    show();
  };
})(globalThis.LeNetCourse);
