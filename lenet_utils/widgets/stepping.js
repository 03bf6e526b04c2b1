/* What the two steppers, convolution and pooling, share: a window that is moved over maps,
 * numbers on their colors, and the example digits. */
(function (course) {
  "use strict";
  if (course.stepping) return;
  const { make } = course;
  const stepping = (course.stepping = {});

  /** Return a whole number from 0 to `last`, the nearest to `value`. */
  stepping.clip = (value, last) => Math.min(Math.max(Math.round(value) || 0, 0), last);

  /** Write a number with `places` decimals and a true minus sign; no negative zero. */
  stepping.number = function (value, places = 3) {
    const text = Math.abs(value).toFixed(places);
    return value < 0 && Number(text) !== 0 ? `−${text}` : text;
  };

  /** Write a number as a term of a sum: a negative one in brackets. */
  stepping.term = (value) => {
    const text = stepping.number(value);
    return text.startsWith("−") ? `(${text})` : text;
  };

  /** Give an element the color of a signed value, and text of black or white to read on it. */
  stepping.tint = function (element, value, limit) {
    const color = course.signed(value, limit);
    const [red, green, blue] = color.map((level) => {
      const share = level / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    element.style.backgroundColor = `rgb(${color})`;
    element.style.color = light > 0.179 ? "#000000" : "#ffffff";
  };

  /** Put a number on its color into a table's cell or another element. */
  stepping.fill = function (element, value, limit) {
    element.textContent = stepping.number(value);
    stepping.tint(element, value, limit);
  };

  /** Paint signed values; those that `known` leaves out stay clear. */
  stepping.paint = function (canvas, values, limit, known) {
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    for (let i = 0; i < values.length; i++) {
      if (known && !known[i]) continue;
      image.data.set([...course.signed(values[i], limit), 255], 4 * i);
    }
    context.putImageData(image, 0, 0);
  };

  /** Return the gray levels of the digit `label` that the chapters use, 0 to 255. */
  stepping.example = function (label) {
    const data = globalThis.LENET_DATA;
    if (!data || !data.examples) throw new Error("The example digits are not on this page.");
    return course.bytes(data.examples).subarray(784 * label, 784 * (label + 1));
  };

  /** Return a function that sets those values of a model that are new, and then updates. */
  stepping.setter = (model, update) => function (values) {
    for (const [key, value] of Object.entries(values))
      if (model.get(key) !== value) model.set(key, value);
    update();
  };

  /** Return the choice of one of the ten example digits. */
  stepping.digit = (model, set) => course.choice({
    label: "Digit",
    options: Array.from({ length: 10 }, (_, label) => [String(label), String(label)]),
    value: String(model.get("digit")),
    oninput: (value) => set({ digit: Number(value) }),
  });

  /** Return the unit of a model, row and column, each 0 to `last`. */
  stepping.unit = (model, last) =>
    [stepping.clip(model.get("row"), last), stepping.clip(model.get("column"), last)];

  /** Return the two sliders that choose the row and the column of the unit. */
  stepping.sliders = (model, last, set) => ["row", "column"].map((key, i) => course.field({
    label: `${i ? "Column" : "Row"} of the unit`, min: 0, max: last,
    value: stepping.unit(model, last)[i], oninput: (value) => set({ [key]: value }),
  }));

  /** Return a table of side x side cells with a caption; `cells` are its td, row by row. */
  stepping.grid = function (side, caption) {
    const title = make("caption", {}, caption);
    const body = make("tbody");
    const cells = [];
    for (let row = 0; row < side; row++) {
      const line = make("tr");
      for (let column = 0; column < side; column++) {
        const cell = make("td");
        cells.push(cell);
        line.append(cell);
      }
      body.append(line);
    }
    return { element: make("table", { class: "lenet-grid" }, title, body), title, cells };
  };

  /** Lay a window over a canvas; pointer and arrow keys move it.
   *
   * A unit at (row, column), each 0 to `last`, has a window of `size` squares of the canvas
   * that starts at `stride` times the unit. `pick(row, column)` is called with a wanted unit,
   * `unit()` says which one is chosen. */
  stepping.surface = function ({ canvas, size, stride, last, kind, unit, pick }) {
    const side = canvas.width;
    const frame = (name) => make("div", { class: `lenet-window ${name}`, "aria-hidden": "true" });
    const chosen = frame("lenet-chosen"), sweep = frame("lenet-sweep");
    sweep.hidden = true;
    for (const one of [chosen, sweep])
      one.style.width = one.style.height = `${(100 * size) / side}%`;
    const element = make("div", {
      class: "lenet-surface", role: "application", tabindex: "0", "aria-roledescription": kind,
      "data-lm-suppress-shortcuts": "true",
    }, canvas, chosen, sweep);

    function wanted(event) {
      const box = element.getBoundingClientRect();
      const along = (distance, length) =>
        stepping.clip(Math.round(((distance / length) * side - size / 2) / stride), last);
      return [along(event.clientY - box.top, box.height), along(event.clientX - box.left, box.width)];
    }
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      pick(...wanted(event));
    });
    element.addEventListener("pointermove", (event) => {
      if (element.hasPointerCapture(event.pointerId)) pick(...wanted(event));
    });
    element.addEventListener("keydown", (event) => {
      if (event.altKey || event.metaKey || event.shiftKey || event.ctrlKey) return;
      const step = {
        ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0],
        Home: [0, -last], End: [0, last], PageUp: [-last, 0], PageDown: [last, 0],
      }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const [row, column] = unit();
      pick(stepping.clip(row + step[0], last), stepping.clip(column + step[1], last));
    });

    const put = (window, row, column) => {
      window.style.top = `${(100 * row * stride) / side}%`;
      window.style.left = `${(100 * column * stride) / side}%`;
    };
    return {
      element,
      /** Put the window on a unit and name it for screen readers. */
      place(row, column, name) {
        put(chosen, row, column);
        element.setAttribute("aria-label", name);
      },
      /** Put a second, passing window on a unit, or take it away. */
      pass(row, column) {
        sweep.hidden = row === undefined;
        if (!sweep.hidden) put(sweep, row, column);
      },
    };
  };

  /** Return a picture's parts, one under the other, with a caption of two lines. */
  stepping.plate = function (name, ...parts) {
    const lines = [make("span"), make("span")];
    const caption = make("p", { class: "lenet-caption" }, ...lines);
    return {
      element: make("div", { class: `lenet-plate ${name}` }, ...parts, caption),
      write: (...texts) => lines.forEach((line, i) => { line.textContent = texts[i]; }),
    };
  };

  /** Return the colors from -1 to 1. */
  stepping.legend = () => make("div", { class: "lenet-legend" }, make("span", {}, "−1"),
    make("span", { class: "lenet-ramp", "aria-hidden": "true" }), make("span", {}, "1"));
})(globalThis.LeNetCourse);
