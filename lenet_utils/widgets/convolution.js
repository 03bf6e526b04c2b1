/* The convolution stepper: a 5x5 window on a digit, its 25 products, their sum, one unit of C1. */
(function (course) {
  "use strict";
  if (course.elements.convolution) return;
  const { make, choice, button, status, stepping } = course;
  const { clip, number, term } = stepping;

  const SIDE = 32, WINDOW = 5, KERNELS = 6, OUT = SIDE - WINDOW + 1, LAST = OUT - 1;
  const LIMIT = 5; // of a weight or bias of the reader's own
  const BRIGHT = 1.175; // the input's largest level
  const SWEEP = 2000; // milliseconds to fill the whole map

  /* Kernels to start from: weights by row and column, counted from the middle. */
  const READY = {
    "edge, ink on the right": (row, column) => column / 10,
    "edge, ink below": (row) => row / 10,
    "upright line": (row, column) => (column === 0 ? 0.4 : -0.1),
    "level line": (row) => (row === 0 ? 0.4 : -0.1),
    "mean of the window": () => 1 / WINDOW ** 2,
    "all zero": () => 0,
  };

  course.elements.convolution = function (host, model) {
    const net = course.network();
    const example = stepping.example;
    const said = status();
    const visited = new Uint8Array(OUT * OUT);
    const wrong = new Map(); // each field of the reader's own kernel that holds no such number
    let input = null, inputFrom = null; // the network's input, and the pixels it was made of
    let map = null, mapFrom = ""; // the whole feature map, and what it was computed from
    let written = [], running = 0, finished = "";

    const own = () => model.get("kernel") === "own";
    const unit = () => stepping.unit(model, LAST);

    /** Return the 25 weights and the bias that are at work. */
    function kernel() {
      if (own()) return { weights: model.get("weights"), bias: model.get("bias") };
      const which = clip(Number(model.get("kernel")), KERNELS - 1);
      const from = which * WINDOW * WINDOW;
      return {
        weights: Array.from(net.C1.subarray(from, from + WINDOW * WINDOW)),
        bias: net["C1/bias"].values[which],
      };
    }

    function compute({ weights, bias }) {
      const pixels = example(clip(model.get("digit"), 9));
      if (pixels !== inputFrom) {
        const same = inputFrom && pixels.every((level, i) => level === inputFrom[i]);
        inputFrom = pixels;
        if (!same) {
          input = course.toInput(pixels);
          mapFrom = "";
        }
      }
      const from = JSON.stringify([weights, bias]);
      if (from === mapFrom) return;
      mapFrom = from;
      map = course.convolve(input, SIDE, 1, Float32Array.from(weights), Float32Array.of(bias), WINDOW, 1)
        .map(Math.tanh);
    }

    const set = stepping.setter(model, () => {
      finished = "";
      update();
    });
    const pick = (row, column) => set({ row, column });

    /* ---------- the controls ---------- */

    const digit = stepping.digit(model, set);
    const which = choice({
      label: "Kernel",
      options: [
        ...Array.from({ length: KERNELS }, (_, i) => [String(i), `C1 kernel ${i}`]),
        ["own", "your own"],
      ],
      value: model.get("kernel"),
      oninput: (value) => set({ kernel: value }),
    });
    const [rows, columns] = stepping.sliders(model, LAST, set);
    const form = make("div", { class: "lenet-fields", role: "group", "aria-label": "Digit, kernel and unit" },
      digit.element, which.element, rows.element, columns.element);

    /* ---------- input and feature map ---------- */

    const picture = course.canvas(SIDE, SIDE, "");
    const plane = course.canvas(OUT, OUT, "");
    const over = stepping.surface({
      canvas: picture, size: WINDOW, stride: 1, last: LAST, kind: "window on the input", unit, pick,
    });
    const out = stepping.surface({
      canvas: plane, size: 1, stride: 1, last: LAST, kind: "unit of the map", unit, pick,
    });
    const fillButton = button("Fill the whole map", () => (running ? stop() : fillMap()));
    const clearButton = button("Clear", () => {
      stop();
      visited.fill(0);
      finished = "";
      update();
    });
    const inputPlate = stepping.plate("lenet-wide", over.element);
    const mapPlate = stepping.plate("lenet-narrow", out.element);
    mapPlate.element.append(stepping.legend(),
      make("div", { class: "lenet-buttons" }, fillButton, clearButton));

    /* ---------- the numbers ---------- */

    const pixelGrid = stepping.grid(WINDOW, "Pixels");
    const weightGrid = stepping.grid(WINDOW, "Weights");
    const productGrid = stepping.grid(WINDOW, "Products");

    function entry(label, current, change) {
      const input = make("input", {
        type: "number", min: -LIMIT, max: LIMIT, step: 0.1, inputmode: "text",
        "aria-label": label, "data-lm-suppress-shortcuts": "true",
      });
      input.addEventListener("input", () => {
        const value = input.value.trim() === "" ? NaN : Number(input.value);
        const right = Number.isFinite(value) && Math.abs(value) <= LIMIT;
        mark(input, right ? "" : `${label} must be a number from −${LIMIT} to ${LIMIT}.`);
        finished = "";
        if (right && value !== current()) change(value);
        update();
      });
      return input;
    }
    function mark(input, sentence) {
      if (sentence) wrong.set(input, sentence);
      else wrong.delete(input);
      input.setAttribute("aria-invalid", String(Boolean(sentence)));
    }
    const weightInputs = weightGrid.cells.map((_, i) => entry(
      `Weight in row ${Math.floor(i / WINDOW)}, column ${i % WINDOW}`,
      () => model.get("weights")[i],
      (value) => {
        written[i] = value;
        model.set("weights", model.get("weights").map((old, at) => (at === i ? value : old)));
      },
    ));
    const biasInput = entry("Bias", () => model.get("bias"), (value) => {
      written[WINDOW * WINDOW] = value;
      model.set("bias", value);
    });
    const entries = [...weightInputs, biasInput];

    const ready = choice({
      label: "Start from",
      options: [["", "choose a kernel"], ...Object.keys(READY).map((name) => [name, name]),
        ...Array.from({ length: KERNELS }, (_, i) => [String(i), `C1 kernel ${i}, rounded`])],
      value: "",
      oninput(name) {
        if (name === "") return;
        const middle = (WINDOW - 1) / 2;
        const learned = net.C1.subarray(25 * Number(name));
        const tidy = (value) => Number(value.toFixed(2));
        const weights = weightGrid.cells.map((_, i) => tidy(READY[name]
          ? READY[name](Math.floor(i / WINDOW) - middle, (i % WINDOW) - middle) : learned[i]));
        written = [];
        ready.value = "";
        set({ weights, bias: READY[name] ? 0 : tidy(net["C1/bias"].values[Number(name)]) });
      },
    });
    ready.element.classList.add("lenet-ready");

    const sign = (text) => make("span", { class: "lenet-sign", "aria-hidden": "true" }, text);
    const numbers = make("div", { class: "lenet-numbers" },
      pixelGrid.element, sign("·"), weightGrid.element, sign("="), productGrid.element);

    const results = {};
    const chain = make("dl", { class: "lenet-chain" });
    for (const [key, label, before] of [["sum", "Sum of the 25 products", ""], ["bias", "Bias", "+"],
      ["total", "Total", "="], ["output", "Output, tanh of the total", "→"]]) {
      results[key] = make("dd", {});
      chain.append(make("div", { "data-before": before || null }, make("dt", {}, label), results[key]));
    }

    /* ---------- showing and saying it ---------- */

    /** Write the reader's own kernel into its fields, where it was changed elsewhere. */
    function writeEntries() {
      const values = [...model.get("weights"), model.get("bias")];
      entries.forEach((input, i) => {
        if (values[i] === written[i]) return;
        written[i] = values[i];
        if (input.value.trim() === "" || Number(input.value) !== values[i]) input.value = String(values[i]);
        mark(input, "");
      });
    }

    /** Put fields into the weights' cells, or take them out. */
    function showEntries() {
      const shown = weightInputs[0].isConnected;
      if (own() && !shown) {
        weightGrid.cells.forEach((cell, i) => cell.replaceChildren(weightInputs[i]));
        results.bias.replaceChildren(biasInput);
      } else if (!own() && shown) {
        weightGrid.cells.forEach((cell) => cell.replaceChildren());
        results.bias.replaceChildren();
      }
      ready.element.hidden = !own();
    }

    function update() {
      const [row, column] = unit();
      digit.value = String(model.get("digit"));
      which.value = model.get("kernel");
      rows.value = row;
      columns.value = column;
      if (own()) writeEntries();
      else for (const input of [...wrong.keys()]) { // they are not at work; start afresh with them
        written = [];
        mark(input, "");
      }
      showEntries();
      visited[row * OUT + column] = 1;
      show();
    }

    let drawn = null; // the input that the picture shows
    const show = course.atRepaint(function () {
      const { weights, bias } = kernel();
      compute({ weights, bias });
      const [row, column] = unit();
      const label = clip(model.get("digit"), 9);
      if (drawn !== input) course.paint(picture, drawn = input, course.ink);

      const limit = Math.max(...weights.map(Math.abs)) || 1;
      let sum = 0;
      for (let i = 0; i < WINDOW * WINDOW; i++) {
        const at = (row + Math.floor(i / WINDOW)) * SIDE + column + (i % WINDOW);
        const product = input[at] * weights[i];
        sum += product;
        stepping.fill(pixelGrid.cells[i], input[at], BRIGHT);
        stepping.fill(productGrid.cells[i], product, limit * BRIGHT);
        if (own()) stepping.tint(weightGrid.cells[i], wrong.has(weightInputs[i]) ? 0 : weights[i], limit);
        else stepping.fill(weightGrid.cells[i], weights[i], limit);
      }
      const total = sum + bias, output = Math.tanh(total);
      results.sum.textContent = number(sum);
      if (!own()) results.bias.textContent = number(bias);
      results.total.textContent = number(total);
      stepping.fill(results.output, output, 1);

      const span = (first) => `${first} to ${first + WINDOW - 1}`;
      over.place(row, column, `Input, window on rows ${span(row)}, columns ${span(column)}`);
      out.place(row, column, `Feature map, unit in row ${row}, column ${column}`);
      picture.setAttribute("aria-label", `Digit ${label} as ${SIDE}x${SIDE} network input`);
      inputPlate.write(`Input, ${SIDE}x${SIDE}`, `window: rows ${span(row)}, columns ${span(column)}`);
      showMap();
      sentence = `Unit (${row}, ${column}): sum ${number(sum)} + bias ${term(bias)} = ` +
        `${number(total)}, tanh ${number(output)}.`;
      tell();
    });
    let sentence = "";

    function showMap() {
      stepping.paint(plane, map, 1, visited);
      const filled = visited.reduce((a, b) => a + b, 0);
      plane.setAttribute("aria-label", `Feature map of ${own() ? "your own kernel"
        : `kernel ${model.get("kernel")}`}, ${OUT}x${OUT}: ${filled} of ${OUT * OUT} units filled`);
      mapPlate.write(`Feature map, ${OUT}x${OUT}`, `${filled} of ${OUT * OUT} units filled`);
      clearButton.disabled = filled <= 1 && !running;
    }

    function tell() {
      const first = wrong.values().next().value;
      host.classList.toggle("lenet-wrong", Boolean(first));
      if (!running) said.say(first || finished || sentence);
    }

    /* ---------- filling the map ---------- */

    const full = () => `The map is full: ${map.length} units, from ${number(Math.min(...map))} ` +
      `to ${number(Math.max(...map))}.`;

    function stop(whole = false) {
      if (!running) return;
      cancelAnimationFrame(running);
      running = 0;
      over.pass();
      out.pass();
      fillButton.textContent = "Fill the whole map";
      finished = whole ? full() : "";
      showMap();
      tell();
    }

    function fillMap() {
      const rest = [];
      for (let at = 0; at < visited.length; at++) if (!visited[at]) rest.push(at);
      if (matchMedia("(prefers-reduced-motion: reduce)").matches || rest.length === 0) {
        visited.fill(1);
        finished = full();
        showMap();
        tell();
        return;
      }
      const start = performance.now(), time = (SWEEP * rest.length) / visited.length;
      let done = 0;
      fillButton.textContent = "Stop";
      function step(now) {
        if (!host.isConnected) return;
        const until = Math.min(rest.length, Math.floor(((now - start) / time) * rest.length));
        for (; done < until; done++) visited[rest[done]] = 1;
        if (done >= rest.length) {
          stop(true);
          return;
        }
        const at = [Math.floor(rest[done] / OUT), rest[done] % OUT];
        over.pass(...at);
        out.pass(...at);
        showMap();
        running = requestAnimationFrame(step);
      }
      running = requestAnimationFrame(step);
      clearButton.disabled = false;
    }

    host.append(
      make("p", { class: "lenet-title" }, "Convolution, one unit at a time"), form,
      make("p", { class: "lenet-hint" },
        "Drag the window, or use the arrow keys on it. Rows and columns count from 0."),
      make("div", { class: "lenet-stage" }, inputPlate.element, mapPlate.element),
      ready.element, numbers, chain, said.element);
    update();
    model.onchange((key) => {
      if (key !== undefined) return; // the page's own model tells of its own changes
      finished = "";
      update();
    });
  };
})(globalThis.LeNetCourse);
