/* The pooling stepper: four values of a map of C1 become one of S2; and what a shift changes. */
(function (course) {
  "use strict";
  if (course.elements.pooling) return;
  const { make, field, choice, status, stepping } = course;
  const { clip, number, term } = stepping;

  const SIDE = 32, KERNEL = 5, WINDOW = 2, MAPS = 6;
  const IN = SIDE - KERNEL + 1, OUT = IN / WINDOW, LAST = OUT - 1;
  const FARTHEST = 4; // pixels that the digit can be shifted

  /** Return network input moved to the right; background, its first pixel, moves in. */
  function shifted(input, right) {
    return input.map((_, at) => {
      const from = (at % SIDE) - right;
      return from < 0 || from >= SIDE ? input[0] : input[at - right];
    });
  }

  /** Return the largest value of each 2x2 square, map by map. */
  function largest(maps) {
    const result = new Float32Array(MAPS * OUT * OUT);
    for (let i = 0; i < result.length; i++) {
      const row = Math.floor(i / OUT), column = i % OUT; // of all maps, one under the other
      const at = row * WINDOW * IN + column * WINDOW;
      result[i] = Math.max(maps[at], maps[at + 1], maps[at + IN], maps[at + IN + 1]);
    }
    return result;
  }

  /** Return the norm of the difference over the norm of `old`. */
  function relativeChange(now, old) {
    let above = 0, below = 0;
    for (let i = 0; i < old.length; i++) {
      above += (now[i] - old[i]) ** 2;
      below += old[i] ** 2;
    }
    return Math.sqrt(above / below);
  }

  course.elements.pooling = function (host, model) {
    const net = course.network();
    const example = stepping.example;
    const said = status();
    let states = null, statesFrom = null; // by shift: input, C1, S2 and their changes
    let topic = "unit"; // what the status line tells of

    const unit = () => stepping.unit(model, LAST);
    const shift = () => clip(model.get("shift") + FARTHEST, 2 * FARTHEST) - FARTHEST;
    const maximum = () => model.get("mode") === "maximum";

    /** Compute C1 and both kinds of S2 for every shift of the digit, once. */
    function compute() {
      const pixels = example(clip(model.get("digit"), 9));
      if (statesFrom && pixels.every((level, i) => level === statesFrom[i])) return;
      statesFrom = pixels;
      const original = course.toInput(pixels);
      states = new Map();
      const make = (right) => {
        const input = shifted(original, right);
        const C1 = course.convolve(input, SIDE, 1, net.C1, net["C1/bias"].values, KERNEL, MAPS)
          .map(Math.tanh);
        states.set(right, { input, C1, average: course.pool(C1, IN, MAPS), maximum: largest(C1) });
      };
      for (let right = -FARTHEST; right <= FARTHEST; right++) make(right);
      const still = states.get(0);
      for (const state of states.values()) {
        state.changes = {};
        for (const kind of ["C1", "average", "maximum"])
          state.changes[kind] = relativeChange(state[kind], still[kind]);
      }
    }

    const change = stepping.setter(model, update);
    function set(values, about = "unit") {
      topic = about;
      change(values);
    }
    const pick = (row, column) => set({ row, column });

    /* ---------- the controls ---------- */

    const digit = stepping.digit(model, set);
    const map = choice({
      label: "Map of C1",
      options: Array.from({ length: MAPS }, (_, i) => [String(i), String(i)]),
      value: String(model.get("map")),
      oninput: (value) => set({ map: Number(value) }),
    });
    const mode = choice({
      label: "Pooling",
      options: [["average", "average"], ["maximum", "maximum"]],
      value: model.get("mode"),
      oninput: (value) => set({ mode: value }),
    });
    const [rows, columns] = stepping.sliders(model, LAST, set);
    const form = make("div", { class: "lenet-fields", role: "group", "aria-label": "Digit, map and unit" },
      digit.element, map.element, mode.element, rows.element, columns.element);

    /* ---------- the two maps and the four values ---------- */

    const before = course.canvas(IN, IN, "");
    const after = course.canvas(OUT, OUT, "");
    const over = stepping.surface({
      canvas: before, size: WINDOW, stride: WINDOW, last: LAST, kind: "window on the map", unit, pick,
    });
    const out = stepping.surface({
      canvas: after, size: 1, stride: 1, last: LAST, kind: "unit of the map", unit, pick,
    });
    const beforePlate = stepping.plate("lenet-narrow", over.element);
    const afterPlate = stepping.plate("lenet-narrow", out.element);
    const values = stepping.grid(WINDOW, "Four values");
    const name = make("dt"), pooled = make("dd");
    const formula = make("p", { class: "lenet-formula" });
    const middle = make("div", { class: "lenet-middle" }, values.element,
      make("dl", { class: "lenet-chain" }, make("div", {}, name, pooled)), stepping.legend());

    /* ---------- the shift ---------- */

    const picture = course.canvas(SIDE, SIDE, "");
    const picturePlate = stepping.plate("lenet-small", picture);
    const move = field({
      label: "Shift to the right", min: -FARTHEST, max: FARTHEST, value: shift(), unit: " px",
      oninput: (value) => set({ shift: value }, "shift"),
    });
    const bars = {};
    const body = make("tbody");
    for (const [key, label] of [["C1", "C1, before pooling"], ["S2", "S2, after pooling"]]) {
      const bar = make("span", { class: `lenet-bar lenet-bar-${key}`, "aria-hidden": "true" });
      const cell = make("td", { class: "lenet-number" });
      bars[key] = { bar, cell };
      body.append(make("tr", {}, make("th", { scope: "row" }, label), cell,
        make("td", { class: "lenet-track" }, bar)));
    }
    const changes = make("table", { class: "lenet-changes" },
      make("caption", {}, "Relative change of the six maps"), body);
    const experiment = make("div", { class: "lenet-experiment", role: "group", "aria-label": "Shift the digit" },
      picturePlate.element,
      make("div", { class: "lenet-answer" }, move.element, changes,
        make("p", { class: "lenet-hint" },
          "Move the slider. Which changes more, C1 or S2? The number is ‖shifted − original‖ / " +
          "‖original‖, over all six maps; a full bar is the largest change of these shifts.")));

    /* ---------- showing and saying it ---------- */

    function update() {
      const [row, column] = unit();
      digit.value = String(model.get("digit"));
      map.value = String(model.get("map"));
      mode.value = model.get("mode");
      rows.value = row;
      columns.value = column;
      move.value = shift();
      show();
    }

    const show = course.atRepaint(function () {
      compute();
      const state = states.get(shift());
      const [row, column] = unit();
      const which = clip(model.get("map"), MAPS - 1);
      const plane = state.C1.subarray(which * IN * IN, (which + 1) * IN * IN);
      const small = state[model.get("mode")].subarray(which * OUT * OUT, (which + 1) * OUT * OUT);
      stepping.paint(before, plane, 1);
      stepping.paint(after, small, 1);
      course.paint(picture, state.input, course.ink);

      const four = values.cells.map((cell, i) => {
        const value = plane[(row * WINDOW + Math.floor(i / WINDOW)) * IN + column * WINDOW + (i % WINDOW)];
        stepping.fill(cell, value, 1);
        return value;
      });
      const result = maximum() ? Math.max(...four) : four.reduce((a, b) => a + b, 0) / four.length;
      name.textContent = maximum() ? "Maximum" : "Mean";
      stepping.fill(pooled, result, 1);
      formula.textContent = maximum()
        ? `max(${four.map((value) => number(value)).join(", ")}) = ${number(result)}`
        : `(${four.map((value, i) => (i ? term(value) : number(value))).join(" + ")}) / ${four.length}` +
          ` = ${number(result)}`;

      const span = (first) => `${first * WINDOW} and ${first * WINDOW + 1}`;
      const label = clip(model.get("digit"), 9), right = shift();
      const far = `${Math.abs(right)} ${Math.abs(right) === 1 ? "pixel" : "pixels"}`;
      const where = right === 0 ? "not shifted" : `shifted ${right > 0 ? "right" : "left"} by ${far}`;
      over.place(row, column, `C1, window on rows ${span(row)}, columns ${span(column)}`);
      out.place(row, column, `S2, unit in row ${row}, column ${column}`);
      before.setAttribute("aria-label", `Map ${which} of C1, ${IN}x${IN}, of digit ${label}, ${where}`);
      after.setAttribute("aria-label", `Map ${which} of S2, ${OUT}x${OUT}, by ${model.get("mode")}`);
      picture.setAttribute("aria-label", `Digit ${label} as ${SIDE}x${SIDE} network input, ${where}`);
      beforePlate.write(`Map ${which} of C1, ${IN}x${IN}`, `rows ${span(row)}, columns ${span(column)}`);
      afterPlate.write(`Map ${which} of S2, ${OUT}x${OUT}`, `unit (${row}, ${column})`);
      picturePlate.write(`Input, ${SIDE}x${SIDE}`, where);

      const kind = model.get("mode");
      const most = Math.max(...[...states.values()].flatMap((one) => Object.values(one.changes)));
      const found = { C1: state.changes.C1, S2: state.changes[kind] };
      for (const [key, { bar, cell }] of Object.entries(bars)) {
        cell.textContent = number(found[key]);
        bar.style.width = `${(100 * found[key]) / most}%`;
      }
      said.say(topic === "shift"
        ? `Digit ${where}: C1 changes by ${number(found.C1)}, S2 by ${number(found.S2)}.`
        : `Unit (${row}, ${column}) of S2: ${maximum() ? "maximum" : "mean"} ${number(result)}.`);
    });

    host.append(
      make("p", { class: "lenet-title" }, "Pooling, one unit at a time"), form,
      make("p", { class: "lenet-hint" },
        "Drag the window, or use the arrow keys on it. Rows and columns count from 0."),
      make("div", { class: "lenet-stage" }, beforePlate.element, middle, afterPlate.element),
      formula, experiment, said.element);
    update();
    model.onchange((key) => {
      if (key === undefined) update(); // the page's own model tells of its own changes
    });
  };
})(globalThis.LeNetCourse);
