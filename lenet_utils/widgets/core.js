/* What the interactive elements share: the network, the way of an image to it, and the parts
 * that a page is made of. A classic script: it works from a file, without a server, and inside
 * a notebook. Maps are Float32Array, channel by channel, row by row. */
(function (root) {
  "use strict";
  if (root.LeNetCourse) return; // several elements of one page or notebook share it
  const course = (root.LeNetCourse = { elements: {} });

  /* ---------- arithmetic of a layer: the same rules as lenet_utils.architecture ---------- */

  const KINDS = {
    convolution: ["size", "channels", "kernel", "filters", "stride", "padding"],
    "average pooling": ["size", "channels", "kernel"],
    "fully connected": ["size", "channels", "filters"],
  };
  const NAMES = {
    size: "Input size", channels: "Channels", kernel: "Kernel", filters: "Filters",
    stride: "Stride", padding: "Padding",
  };
  const MOST = 4096; // keeps every count a whole number that JavaScript holds exactly

  /** Return the names of the sizes that a kind of layer has. */
  course.sizesOf = (kind) => KINDS[kind];

  /** Return a layer's shape and counts with their formulas, or {error: sentence}. */
  course.arithmetic = function (layer) {
    const kind = layer.kind || "convolution";
    if (!KINDS[kind]) return { error: `There is no kind of layer named ${kind}.` };
    for (const key of KINDS[kind]) {
      const least = key === "padding" ? 0 : 1;
      const value = layer[key];
      if (!Number.isInteger(value)) return { error: `${NAMES[key]} must be a whole number.` };
      if (value < least) return { error: `${NAMES[key]} must be at least ${least}, not ${value}.` };
      if (value > MOST) return { error: `${NAMES[key]} must be at most ${MOST} here, not ${value}.` };
    }
    const { size, channels, kernel, filters } = layer;
    if (kind === "fully connected") {
      const inputs = size * size * channels;
      return {
        shape: [filters],
        shapeFormula: "one value for each unit",
        parameters: inputs * filters + filters,
        parametersFormula: `${inputs}·${filters} + ${filters}`,
        connections: filters * (inputs + 1),
        connectionsFormula: `${filters}·(${inputs} + 1)`,
        multiplyAccumulates: filters * inputs,
        multiplyAccumulatesFormula: `${filters}·${inputs}`,
        left: 0,
      };
    }
    const pooling = kind === "average pooling";
    const stride = pooling ? kernel : layer.stride;
    const padding = pooling ? 0 : layer.padding;
    const padded = size + 2 * padding;
    if (kernel > padded) {
      return {
        error: `Kernel must be at most the padded input of ${padded} pixels, not ${kernel}.`,
      };
    }
    const out = Math.floor((padded - kernel) / stride) + 1;
    const inside = `(${size} + 2·${padding} - ${kernel}) / ${stride}`;
    const left = padded - kernel - (out - 1) * stride;
    const side = `${left === 0 ? inside : `floor(${inside})`} + 1 = ${out}`;
    if (pooling) {
      return {
        shape: [out, out, channels],
        shapeFormula: side,
        parameters: 0,
        parametersFormula: "nothing to train",
        connections: out * out * channels * kernel * kernel,
        connectionsFormula: `${out}·${out}·${channels}·${kernel}·${kernel}`,
        multiplyAccumulates: 0,
        multiplyAccumulatesFormula: "no trained weight",
        left,
      };
    }
    const perUnit = kernel * kernel * channels;
    const units = out * out * filters;
    return {
      shape: [out, out, filters],
      shapeFormula: side,
      parameters: perUnit * filters + filters,
      parametersFormula: `(${kernel}·${kernel}·${channels})·${filters} + ${filters}`,
      connections: units * (perUnit + 1),
      connectionsFormula: `${out}·${out}·${filters}·(${kernel}·${kernel}·${channels} + 1)`,
      multiplyAccumulates: units * perUnit,
      multiplyAccumulatesFormula: `${out}·${out}·${filters}·${kernel}·${kernel}·${channels}`,
      left,
    };
  };

  /** Write a whole number as the course does: 48120 becomes "48,120". */
  course.count = (number) => String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

  /* ---------- the trained network ---------- */

  /** Return the bytes of base64 text. */
  course.bytes = function (text) {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  };

  function halfToFloat(half) {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }

  /** Return float16 values, little-endian, as a Float32Array. */
  course.floats = function (bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const values = new Float32Array(bytes.byteLength / 2);
    for (let i = 0; i < values.length; i++) values[i] = halfToFloat(view.getUint16(2 * i, true));
    return values;
  };

  /* A kernel comes as Keras keeps it, (row, column, channel, filter). For the loops below each
   * filter's weights stand together: (filter, channel, row, column). */
  function byFilter(kernel, side, channels, filters) {
    const turned = new Float32Array(kernel.length);
    let to = 0;
    for (let f = 0; f < filters; f++)
      for (let c = 0; c < channels; c++)
        for (let at = 0; at < side * side; at++)
          turned[to++] = kernel[(at * channels + c) * filters + f];
    return turned;
  }

  /** Return the weighted sums of a convolution without padding, channel by channel. */
  course.convolve = function (maps, size, channels, weights, bias, side, filters) {
    const out = size - side + 1;
    const area = side * side;
    const sums = new Float32Array(out * out * filters);
    for (let f = 0; f < filters; f++) {
      if (out === 1) { // the window is the whole map: filter and maps lie in the same order
        const length = area * channels, first = f * length;
        let sum = bias[f];
        for (let at = 0; at < length; at++) sum += weights[first + at] * maps[at];
        sums[f] = sum;
        continue;
      }
      const plane = f * out * out;
      sums.fill(bias[f], plane, plane + out * out);
      for (let c = 0; c < channels; c++) {
        const first = (f * channels + c) * area;
        for (let ky = 0; ky < side; ky++) {
          const row = first + ky * side;
          const w0 = weights[row], w1 = weights[row + 1], w2 = weights[row + 2];
          const w3 = weights[row + 3], w4 = weights[row + 4];
          for (let y = 0; y < out; y++) {
            const target = plane + y * out;
            const start = c * size * size + (y + ky) * size;
            if (side === 5) {
              let a = maps[start], b = maps[start + 1], d = maps[start + 2], e = maps[start + 3];
              for (let x = 0; x < out; x++) { // each pixel is read once, then handed on
                const g = maps[start + x + 4];
                sums[target + x] += w0 * a + w1 * b + w2 * d + w3 * e + w4 * g;
                a = b; b = d; d = e; e = g;
              }
            } else {
              for (let x = 0; x < out; x++) {
                let sum = 0;
                for (let kx = 0; kx < side; kx++) sum += weights[row + kx] * maps[start + x + kx];
                sums[target + x] += sum;
              }
            }
          }
        }
      }
    }
    return sums;
  };

  /** Return the mean of each 2x2 square, map by map. */
  course.pool = function (maps, size, channels) {
    const out = size >> 1;
    const means = new Float32Array(out * out * channels);
    for (let c = 0; c < channels; c++)
      for (let y = 0; y < out; y++)
        for (let x = 0; x < out; x++) {
          const at = c * size * size + 2 * y * size + 2 * x;
          means[c * out * out + y * out + x] =
            (maps[at] + maps[at + 1] + maps[at + size] + maps[at + size + 1]) / 4;
        }
    return means;
  };

  function squash(sums) {
    for (let i = 0; i < sums.length; i++) sums[i] = Math.tanh(sums[i]);
    return sums;
  }

  function dense(values, kernel, bias) {
    const sums = Float32Array.from(bias);
    const units = bias.length;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      for (let u = 0, at = i * units; u < units; u++, at++) sums[u] += value * kernel[at];
    }
    return sums;
  }

  /** Return shares of 1 for any logits, the largest one taken off first. */
  course.softmax = function (logits) {
    const largest = Math.max(...logits);
    const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
    const sum = powers.reduce((a, b) => a + b, 0);
    return Float32Array.from(powers, (power) => power / sum);
  };

  let network = null;

  /** Return the trained weights, unpacked once from the page's data. */
  course.network = function () {
    if (network) return network;
    const data = root.LENET_DATA;
    if (!data) throw new Error("The trained weights are not on this page.");
    const values = course.floats(course.bytes(data.weights));
    network = {};
    let at = 0;
    for (const [name, shape] of data.shapes) {
      const size = shape.reduce((a, b) => a * b, 1);
      network[name] = { shape, values: values.slice(at, at + size) };
      at += size;
    }
    for (const name of ["C1", "C3", "C5"]) {
      const [side, , channels, filters] = network[`${name}/kernel`].shape;
      network[name] = byFilter(network[`${name}/kernel`].values, side, channels, filters);
    }
    return network;
  };

  /** Return the state of every layer for an input of 32x32 gray levels, -0.1 to 1.175. */
  course.forward = function (input) {
    const net = course.network();
    const bias = (name) => net[`${name}/bias`].values;
    const kernel = (name) => net[`${name}/kernel`].values;
    const C1 = squash(course.convolve(input, 32, 1, net.C1, bias("C1"), 5, 6));
    const S2 = course.pool(C1, 28, 6);
    const C3 = squash(course.convolve(S2, 14, 6, net.C3, bias("C3"), 5, 16));
    const S4 = course.pool(C3, 10, 16);
    const C5 = squash(course.convolve(S4, 5, 16, net.C5, bias("C5"), 5, 120));
    const F6 = squash(dense(C5, kernel("F6"), bias("F6")));
    const logits = dense(F6, kernel("Output"), bias("Output"));
    return { Input: input, C1, S2, C3, S4, C5, F6, logits, Output: course.softmax(logits) };
  };

  /* ---------- an image's way to the network ---------- */

  const BACKGROUND = -0.1;
  const FOREGROUND = 1.175;

  /** Return 28x28 gray levels, 0 to 255, as network input, 32x32. */
  course.toInput = function (gray) {
    const input = new Float32Array(1024).fill(BACKGROUND);
    for (let y = 0; y < 28; y++)
      for (let x = 0; x < 28; x++)
        input[(y + 2) * 32 + x + 2] = (gray[y * 28 + x] * (FOREGROUND - BACKGROUND)) / 255 + BACKGROUND;
    return input;
  };

  /** Return the rows and columns that hold ink above `threshold`, or null if none do. */
  course.box = function (ink, width, height, threshold = 0) {
    let top = height, bottom = -1, left = width, right = -1;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        if (ink[y * width + x] > threshold) {
          top = Math.min(top, y);
          bottom = y;
          left = Math.min(left, x);
          right = Math.max(right, x);
        }
    return bottom < 0 ? null : { top, left, height: bottom - top + 1, width: right - left + 1 };
  };

  /** Bring ink of any size, 0 to 255, to 28x28 as MNIST did: the longer side becomes 20
   * pixels, in proportion and with gray edges, and the center of mass comes to the center.
   * Returns null if there is no ink. */
  course.normalize = function (ink, width, height) {
    const box = course.box(ink, width, height, 8);
    if (!box) return null;
    const scale = Math.max(box.width, box.height) / 20;
    const columns = Math.max(1, Math.round(box.width / scale));
    const rows = Math.max(1, Math.round(box.height / scale));
    const small = new Float32Array(rows * columns);
    const overlap = (a, b, pixel) => Math.max(0, Math.min(b, pixel + 1) - Math.max(a, pixel));
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) {
        // The mean of the ink under this pixel, each source pixel by the share that is covered.
        const y0 = box.top + (y * box.height) / rows, y1 = box.top + ((y + 1) * box.height) / rows;
        const x0 = box.left + (x * box.width) / columns, x1 = box.left + ((x + 1) * box.width) / columns;
        let sum = 0;
        for (let v = Math.floor(y0); v < y1; v++)
          for (let u = Math.floor(x0); u < x1; u++)
            sum += ink[v * width + u] * overlap(y0, y1, v) * overlap(x0, x1, u);
        small[y * columns + x] = sum / ((y1 - y0) * (x1 - x0));
      }
    return course.place(small, rows, columns);
  };

  /** Put rows x columns gray levels into 28x28 so that the center of mass is at the center. */
  course.place = function (small, rows, columns) {
    let mass = 0, down = 0, across = 0;
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) {
        const level = small[y * columns + x];
        mass += level;
        down += level * y;
        across += level * x;
      }
    if (!(mass > 0)) return null;
    const clip = (start, length) => Math.min(Math.max(start, 0), 28 - length);
    const top = clip(Math.floor(14 - down / mass + 0.5), rows);
    const left = clip(Math.floor(14 - across / mass + 0.5), columns);
    const gray = new Float32Array(784);
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++)
        gray[(top + y) * 28 + left + x] = Math.min(255, small[y * columns + x]);
    return gray;
  };

  /** Move, scale, turn, slant 28x28 gray levels about their center (bilinear), then invert
   * each pixel with probability `noise`, the same ones for the same `seed`. */
  course.transform = function (gray, change) {
    const { right = 0, down = 0, scale = 1, turn = 0, shear = 0, noise = 0, seed = 1 } = change;
    const angle = (turn * Math.PI) / 180;
    const cos = Math.cos(angle), sin = Math.sin(angle);
    const result = new Float32Array(784);
    const at = (y, x) => (y < 0 || y > 27 || x < 0 || x > 27 ? 0 : gray[y * 28 + x]);
    const random = course.random(seed);
    for (let y = 0; y < 28; y++)
      for (let x = 0; x < 28; x++) {
        const v = (y - 14 - down) / scale, w = (x - 14 - right) / scale;
        const sy = -sin * w + cos * v;
        const sx = cos * w + sin * v + shear * sy;
        const fy = sy + 14, fx = sx + 14;
        const iy = Math.floor(fy), ix = Math.floor(fx);
        const ty = fy - iy, tx = fx - ix;
        let level =
          (1 - ty) * ((1 - tx) * at(iy, ix) + tx * at(iy, ix + 1)) +
          ty * ((1 - tx) * at(iy + 1, ix) + tx * at(iy + 1, ix + 1));
        if (random() < noise) level = 255 - level;
        result[y * 28 + x] = level;
      }
    return result;
  };

  /** Return a function that gives the same random numbers, 0 to 1, for the same seed. */
  course.random = function (seed) {
    let state = seed >>> 0;
    return function () {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  };

  /** Return one of the page's example digits: {label, gray, wrong}. */
  course.digits = function () {
    const data = root.LENET_DATA;
    if (!data || !data.digits) return [];
    const pixels = course.bytes(data.digits.images);
    return data.digits.labels.map((label, i) => ({
      label,
      wrong: data.digits.wrong[i],
      gray: Float32Array.from(pixels.subarray(784 * i, 784 * (i + 1))),
    }));
  };

  /* ---------- parts of a page ---------- */

  /** Return an element: make("p", {class: "note", onclick: f}, "text", child). */
  course.make = function (tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value != null) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child != null));
    return element;
  };

  /** Return an SVG element: draw("line", {x1: 0}, child). */
  course.draw = function (tag, attributes, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes))
      if (value != null) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  /** Return an element with styles, set one by one: a page may forbid style attributes. */
  course.styled = function (element, style) {
    Object.assign(element.style, style);
    return element;
  };

  let serial = 0;
  /** Return an id that no other element of the page has. */
  course.id = (word) => `lenet-${word}-${++serial}`;

  /** Return a labeled slider or number field. `control.value` is a number, or NaN. */
  course.field = function ({ label, type = "range", min, max, step = 1, value, unit = "", oninput }) {
    const id = course.id("field");
    const input = course.make("input", {
      id, type, min, max, step, value, inputmode: type === "number" ? "numeric" : null,
      "data-lm-suppress-shortcuts": "true", // JupyterLab would take the arrow keys
    });
    const shown = type === "range" ? course.make("output", { for: id }) : null;
    const control = {
      element: course.make("div", { class: "lenet-field" },
        course.make("label", { for: id }, label), input, shown),
      input,
      get value() {
        return input.value.trim() === "" ? NaN : Number(input.value);
      },
      set value(number) {
        input.value = String(number);
        show();
      },
    };
    function show() {
      if (!shown) return;
      shown.textContent = input.value + unit;
      if (unit) input.setAttribute("aria-valuetext", input.value + unit);
    }
    input.addEventListener("input", () => {
      show();
      oninput(control.value);
    });
    show();
    return control;
  };

  /** Return a labeled choice; options are [value, text] pairs. */
  course.choice = function ({ label, options, value, oninput }) {
    const id = course.id("choice");
    const select = course.make("select", { id, "data-lm-suppress-shortcuts": "true" });
    for (const [key, text] of options) {
      select.append(course.make("option", { value: key, selected: key === value }, text));
    }
    select.addEventListener("input", () => oninput(select.value));
    return {
      element: course.make("div", { class: "lenet-field" },
        course.make("label", { for: id }, label), select),
      input: select,
      get value() { return select.value; },
      set value(key) { select.value = key; },
    };
  };

  /** Return a button. */
  course.button = (text, onclick, more = {}) =>
    course.make("button", { type: "button", class: "lenet-button", onclick, ...more }, text);

  const PAUSE = 350; // milliseconds between two sentences, so that a screen reader can follow

  /** Return a line that screen readers speak when it changes: at once, or when the pause since
   * the last sentence is over. Of several in a pause the last one is spoken; "" is at once. */
  course.status = function () {
    const element = course.make("p", { class: "lenet-status", role: "status", "aria-live": "polite" });
    let waiting = 0, spoken = -Infinity;
    return {
      element,
      say(text) {
        const speak = () => {
          if (text) spoken = performance.now();
          if (element.textContent !== text) element.textContent = text;
        };
        clearTimeout(waiting);
        const wait = spoken + PAUSE - performance.now();
        if (wait <= 0 || !text) speak();
        else waiting = setTimeout(speak, wait);
      },
    };
  };

  /** Return the table of the ten outputs, and the bar and text of each of its rows. */
  course.outputs = function (caption) {
    const { make } = course;
    const rows = Array.from({ length: 10 }, (_, label) => {
      const bar = make("div", { class: "lenet-bar" });
      const text = make("td", { class: "lenet-percent" });
      const row = make("tr", {}, make("th", { scope: "row" }, String(label)),
        make("td", { class: "lenet-track", "aria-hidden": "true" }, bar), text);
      return { bar, text, row };
    });
    const body = make("tbody", {}, ...rows.map((each) => each.row));
    return { rows, table: make("table", { class: "lenet-outputs" }, make("caption", {}, caption), body) };
  };

  const RED = [213, 94, 0], BLUE = [0, 114, 178];

  /** Return the color of a signed value: blue below zero, white at zero, red above. */
  course.signed = function (value, limit = 1) {
    const share = Math.max(-1, Math.min(1, value / limit)) || 0;
    const ink = share < 0 ? BLUE : RED;
    return ink.map((channel) => Math.round(255 + (channel - 255) * Math.abs(share)));
  };

  /** Return the color of an input level: background white, ink black. */
  course.ink = function (level) {
    const share = Math.max(0, Math.min(1, (level - BACKGROUND) / (FOREGROUND - BACKGROUND))) || 0;
    const gray = Math.round(255 * (1 - share));
    return [gray, gray, gray];
  };

  /** Return a canvas of width x height squares, named for screen readers by `label`. */
  course.canvas = function (width, height, label, more = {}) {
    return course.make("canvas", { width, height, role: "img", "aria-label": label, class: "lenet-map", ...more });
  };

  /** Paint values, row by row, one square each, with `color(value)` giving [r, g, b]. */
  course.paint = function (canvas, values, color) {
    const context = canvas.getContext("2d");
    const { width, height } = canvas;
    const image = context.createImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      const [r, g, b] = color(values[i]);
      image.data.set([r, g, b, 255], 4 * i);
    }
    context.putImageData(image, 0, 0);
  };

  /** Call `draw` once before the next repaint, however often it is asked for. */
  course.atRepaint = function (draw) {
    let asked = false;
    return function () {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        draw();
      });
    };
  };

  /* ---------- how elements come to life ---------- */

  /** Bring one element to life in `host`. `model` has get(key), set(key, value) and
   * onchange(function); the page has one of its own, a live kernel brings Python's. */
  course.mount = function (host, name, model) {
    const element = course.elements[name];
    if (!element) throw new Error(`There is no element named ${name}.`);
    host.replaceChildren();
    host.classList.add("lenet-element", `lenet-${name}`);
    element(host, model);
  };

  /** Return a model for a page without a kernel: the state is kept in the page. */
  course.pageModel = function (state) {
    const values = { ...state };
    const listeners = [];
    return {
      get: (key) => values[key],
      set(key, value) {
        values[key] = value;
        listeners.forEach((listener) => listener(key));
      },
      onchange: (listener) => listeners.push(listener),
    };
  };

  /** Bring every element of the page to life; one that fails says so and leaves the others be. */
  course.start = function () {
    for (const host of document.querySelectorAll("[data-lenet-element]")) {
      if (host.dataset.lenetReady) continue;
      host.dataset.lenetReady = "true";
      try {
        const state = JSON.parse(host.dataset.lenetState || "{}");
        course.mount(host, host.dataset.lenetElement, course.pageModel(state));
      } catch (error) {
        host.append(course.make("p", { role: "alert" }, `This element could not start: ${error.message}`));
      }
    }
  };

  /** Render for anywidget: the traits of a Python object are the model. */
  course.render = function ({ model, el }) {
    const host = document.createElement("div");
    el.append(host);
    course.mount(host, model.get("_element"), {
      get: (key) => model.get(key),
      set(key, value) {
        model.set(key, value);
        model.save_changes();
      },
      onchange: (listener) => model.on("change", () => listener()),
    });
  };
})(globalThis);
