/* The receptive field explorer: what any unit of any layer sees of the input. */
(function (course) {
  "use strict";
  if (course.elements.fields) return;
  const { make, draw, field, choice, button, status } = course;

  const GAP = 30; // pixels between two maps
  const LABEL = 36; // pixels below a map, for its name and size
  const LEAST = 4.4, MOST = 6.5; // pixels of the page for one pixel of the input, in several lines
  const ALONE = 9; // and at most, where one line is enough
  const NARROWEST = 54; // pixels that a name needs

  const clip = (value, length) => Math.min(Math.max(value, 0), length - 1);
  const length = ([first, last]) => last - first + 1;
  const span = ([first, last]) => (first === last ? `${first}` : `${first} to ${last}`);

  /** Return, for the input and each layer, its sizes and where its units stand on the input. */
  function layersOf(list) {
    let before = { size: 1, step: 1, first: 0, sizes: ["1"] };
    return list.map(([name, kernel, stride, padding, side, channels]) => {
      const now = {
        name, kernel, stride, padding, side, channels,
        size: before.size + (kernel - 1) * before.step,
        first: before.first + ((kernel - 1) / 2 - padding) * before.step,
        step: before.step * stride,
        sizes: name === "Input" ? before.sizes : [...before.sizes, `${kernel - 1}·${before.step}`],
      };
      before = now;
      return now;
    });
  }

  /** Return the rows and columns that feed a unit, for each layer from the input to its own. */
  function regionsOf(layers, number, row, column) {
    const regions = [];
    let rows = [row, row], columns = [column, column];
    for (let i = number; i >= 0; i--) {
      regions[i] = { rows, columns };
      const { kernel, stride, padding } = layers[i];
      const back = ([first, last]) =>
        [first * stride - padding, last * stride - padding + kernel - 1];
      rows = back(rows);
      columns = back(columns);
    }
    return regions;
  }

  /** Return how many pixels two regions share, along each side. */
  function sharedBy(one, other) {
    const along = ([a, b], [c, d]) => Math.max(0, Math.min(b, d) - Math.max(a, c) + 1);
    return [along(one.rows, other.rows), along(one.columns, other.columns)];
  }

  /** Return maps in lines: the fewest for which a pixel is large enough to see. */
  function arrange(layers, width) {
    let best = null;
    for (let lines = 1; lines <= layers.length; lines++) {
      best = split(layers, width, lines);
      if (best.scale >= LEAST) break;
    }
    return best;
  }

  function split(layers, width, lines) {
    const fits = (scale) => {
      const rows = [[]];
      let used = 0;
      for (const layer of layers) {
        const wide = Math.max(layer.side * layer.step * scale, NARROWEST);
        if (rows[rows.length - 1].length && used + GAP + wide > width) {
          rows.push([]);
          used = 0;
        }
        used += (rows[rows.length - 1].length ? GAP : 0) + wide;
        rows[rows.length - 1].push({ layer, wide });
      }
      return rows.length <= lines ? rows : null;
    };
    let scale = Math.min(lines === 1 ? ALONE : MOST, width / layers[0].side);
    for (let tenths = Math.floor(10 * scale); tenths > 10; tenths--) {
      scale = tenths / 10;
      const rows = fits(scale);
      if (rows) return { scale, rows };
    }
    return { scale: 0, rows: [] };
  }

  course.elements.fields = function (host, model) {
    const layers = layersOf(model.get("layers"));
    const input = layers[0].side;
    const said = status();
    let hover = null; // the unit that the mouse is over; the model has the chosen one
    let places = []; // left, top and unit, in pixels of the page, of each map
    let drawn = ""; // what the maps now drawn were made from

    const number = () => Math.max(1, layers.findIndex(({ name }) => name === model.get("layer")));
    function unit() {
      const { side } = layers[number()];
      return { row: clip(model.get("row") || 0, side), column: clip(model.get("column") || 0, side) };
    }

    /** Set a unit, and a layer, in an order in which every step is a unit that there is. */
    function choose(row, column, name = model.get("layer")) {
      const to = layers.find((layer) => layer.name === name);
      const grows = to.side > layers[number()].side;
      const set = (key, value) => { if (model.get(key) !== value) model.set(key, value); };
      if (grows) set("layer", name);
      set("row", clip(row, to.side));
      set("column", clip(column, to.side));
      if (!grows) set("layer", name);
      hover = null;
      update();
    }

    /* ---------- the parts ---------- */

    const layer = choice({
      label: "Layer",
      options: layers.slice(1).map(({ name }) => [name, name]),
      value: model.get("layer"),
      oninput(name) {
        // The unit that stands where the old one stood, or nearest to it.
        const from = layers[number()], to = layers.find((one) => one.name === name);
        const { row, column } = unit();
        const near = (index) => Math.round((from.first + index * from.step - to.first) / to.step);
        choose(near(row), near(column), name);
      },
    });
    const slider = (label, key) => field({
      label, min: 0, max: 1, value: 0,
      oninput(value) { choose(...(key === "row" ? [value, unit().column] : [unit().row, value])); },
    });
    const sliders = { row: slider("Row of the unit", "row"), column: slider("Column of the unit", "column") };
    const neighbor = button("Show its neighbor", () => {
      model.set("neighbor", !model.get("neighbor"));
      update();
    }, { "aria-pressed": "false" });
    const form = make("div", { class: "lenet-fields", role: "group", "aria-label": "The unit" },
      layer.element, sliders.row.element, sliders.column.element,
      make("div", { class: "lenet-field lenet-neighbor" }, neighbor));

    const maps = draw("g", {}), over = draw("g", {});
    const picture = draw("svg", { role: "img", class: "lenet-fields-picture" }, maps, over);
    const surface = make("div", {
      class: "lenet-surface", role: "application", tabindex: "0",
      "aria-roledescription": "map of units", "data-lm-suppress-shortcuts": "true",
    });
    const stage = make("div", { class: "lenet-fields-stage" }, picture, surface);

    const numbers = {};
    const facts = make("tbody");
    for (const [key, label] of [["size", "Side"], ["row", "Center row"], ["column", "Center column"],
      ["shared", "Shared"]]) {
      numbers[key] = [make("td", { class: "lenet-number" }), make("td", { class: "lenet-formula" })];
      numbers[key].row = make("tr", {}, make("th", { scope: "row" }, label), ...numbers[key]);
      facts.append(numbers[key].row);
    }
    const head = (...texts) => make("thead", {}, make("tr", {},
      ...texts.map((text) => make("th", { scope: "col" }, text))));
    const between = make("tbody");
    const tables = make("div", { class: "lenet-row lenet-fields-tables" },
      make("table", {}, head("layer", "rows", "columns", "region"), between),
      make("table", {}, head("field", "pixels", "formula"), facts));

    /* ---------- drawing ---------- */

    function grid(left, top, side, unit) {
      let path = "";
      for (let i = 1; i < side; i++) {
        const at = i * unit, end = side * unit;
        path += `M${left + at} ${top}v${end}M${left} ${top + at}h${end}`;
      }
      return draw("path", { d: path, class: "lenet-grid" });
    }

    function drawMaps() {
      const shown = layers.slice(0, number() + 1);
      const width = Math.max(stage.clientWidth, 240);
      const wanted = `${shown.length} ${width} ${model.get("pixels")}`;
      if (wanted === drawn) return;
      drawn = wanted;
      const { scale, rows } = arrange(shown, width - 2);
      places = [];
      maps.replaceChildren();
      let top = 1;
      rows.forEach((row, line) => {
        const tall = Math.max(...row.map((one) => one.layer.side * one.layer.step)) * scale;
        let left = 1;
        for (const { layer: one, wide } of row) {
          const cell = one.step * scale, size = one.side * cell;
          const place = {
            left: left + (wide - size) / 2, top: top + (tall - size) / 2, cell, size, line,
          };
          places.push(place);
          const isInput = one === layers[0];
          maps.append(draw("rect", {
            x: place.left, y: place.top, width: size, height: size,
            class: isInput ? "lenet-paper" : one === shown[shown.length - 1] ? "lenet-chosen" : "lenet-plane",
          }));
          if (isInput) maps.append(digit(place));
          maps.append(grid(place.left, place.top, one.side, cell));
          const middle = left + wide / 2, below = top + (tall + size) / 2;
          const shape = one.side === 1 ? `${one.channels} units`
            : `${one.side}x${one.side}x${one.channels}`;
          const name = draw("text", { x: middle, y: below + 15, class: "lenet-name" });
          name.textContent = one.name;
          const sizes = draw("text", { x: middle, y: below + 30 });
          sizes.textContent = shape;
          maps.append(name, sizes);
          left += wide + GAP;
        }
        top += tall + LABEL + (line < rows.length - 1 ? 8 : 0);
      });
      const used = Math.max(...places.map((place) => place.left + place.size)) + 30;
      picture.setAttribute("width", Math.min(width, used));
      picture.setAttribute("height", top);
      const last = places[places.length - 1];
      for (const [key, value] of [["left", last.left], ["top", last.top], ["width", last.size],
        ["height", last.size]]) surface.style[key] = `${value}px`;
    }

    function digit({ left, top, cell }) {
      const group = draw("g", { class: "lenet-digit" });
      const levels = course.toInput(course.bytes(model.get("pixels")));
      levels.forEach((level, at) => {
        const [red, green, blue] = course.ink(level);
        if (red === 255) return;
        group.append(draw("rect", {
          x: left + (at % input) * cell, y: top + Math.floor(at / input) * cell,
          width: cell, height: cell, fill: `rgb(${red},${green},${blue})`,
        }));
      });
      return group;
    }

    function box(place, { rows, columns }) {
      return {
        x: place.left + columns[0] * place.cell, y: place.top + rows[0] * place.cell,
        width: length(columns) * place.cell, height: length(rows) * place.cell,
      };
    }

    /** Draw a unit's regions, and the lines that join them from map to map. */
    function drawRegions(regions, kind) {
      regions.forEach((region, i) => {
        const here = box(places[i], region);
        const ground = i === 0 ? " lenet-on-paper" : "";
        over.append(draw("rect", { ...here, class: `lenet-region ${kind}${ground}` }));
        if (i === 0 || places[i - 1].line !== places[i].line || kind !== "lenet-own") return;
        const there = box(places[i - 1], regions[i - 1]);
        const from = there.x + there.width;
        over.append(draw("path", {
          class: "lenet-join",
          d: `M${from} ${there.y}L${here.x} ${here.y}` +
            `M${from} ${there.y + there.height}L${here.x} ${here.y + here.height}`,
        }));
      });
    }

    function drawCross(row, column) {
      const { left, top, cell } = places[0];
      const x = left + (column + 0.5) * cell, y = top + (row + 0.5) * cell;
      for (const kind of ["lenet-halo", "lenet-cross"])
        over.append(draw("path", { class: kind, d: `M${x - 8} ${y}h16M${x} ${y - 8}v16` }));
    }

    /* ---------- showing and saying it ---------- */

    const show = course.atRepaint(function () {
      drawMaps();
      const at = number(), one = layers[at];
      const { row, column } = hover || unit();
      const regions = regionsOf(layers, at, row, column);
      const seen = regions[0];
      const [middleRow, middleColumn] = [row, column].map((index) => one.first + index * one.step);
      const onRight = column + 1 < one.side;
      const other = one.side > 1 && model.get("neighbor") ? column + (onRight ? 1 : -1) : null;

      over.replaceChildren();
      const beside = other === null ? null : regionsOf(layers, at, row, other);
      if (beside) drawRegions(beside, "lenet-next");
      drawRegions(regions, "lenet-own");
      drawCross(middleRow, middleColumn);

      between.replaceChildren(...regions.map(({ rows, columns }, i) => make("tr", {},
        make("th", { scope: "row" }, layers[i].name),
        make("td", {}, span(rows)), make("td", {}, span(columns)),
        make("td", { class: "lenet-number" }, `${length(rows)}x${length(columns)}`))));
      const fill = (key, value, formula) => {
        numbers[key][0].textContent = value;
        numbers[key][1].textContent = formula;
      };
      fill("size", one.size, one.sizes.join(" + "));
      fill("row", middleRow, `${one.first} + ${row}·${one.step}`);
      fill("column", middleColumn, `${one.first} + ${column}·${one.step}`);

      const name = one.side === 1 ? `Every unit of ${one.name}` : `Unit (${row}, ${column}) of ${one.name}`;
      let text = `${name} sees ${length(seen.rows)}x${length(seen.columns)} pixels: rows ` +
        `${span(seen.rows)}, columns ${span(seen.columns)}; center at row ${middleRow}, ` +
        `column ${middleColumn}.`;
      numbers.shared.row.hidden = !beside;
      if (beside) {
        const [down, across] = sharedBy(seen, beside[0]);
        const pixels = one.size * one.size;
        text += ` Its ${onRight ? "right" : "left"} neighbor (${row}, ${other}), dashed, sees columns ` +
          `${span(beside[0].columns)}: they share ${down * across} of ${pixels} pixels.`;
        fill("shared", down * across, `${down}·${across}, of ${one.size}·${one.size} = ${pixels}`);
      } else if (model.get("neighbor")) {
        text += " It has no neighbor at another place.";
      }
      picture.setAttribute("aria-label", `The ${input}x${input} input and the layers up to ` +
        `${one.name}, with the region of ${name.replace(/^[EU]/, (c) => c.toLowerCase())} in each of them`);
      surface.setAttribute("aria-label",
        `Units of ${one.name}, ${one.side}x${one.side}: row ${row}, column ${column}`);
      said.say(text);
    });

    function update() {
      const { side } = layers[number()];
      const now = unit();
      layer.value = model.get("layer");
      for (const [key, control] of Object.entries(sliders)) {
        control.input.max = Math.max(side - 1, 1);
        control.input.disabled = side === 1;
        control.value = now[key];
      }
      neighbor.setAttribute("aria-pressed", String(Boolean(model.get("neighbor"))));
      show();
    }

    /* ---------- pointer and keyboard ---------- */

    function pointedAt(event) {
      const { side } = layers[number()];
      const frame = surface.getBoundingClientRect();
      const index = (distance, size) => clip(Math.floor((distance / size) * side), side);
      return {
        row: index(event.clientY - frame.top, frame.height),
        column: index(event.clientX - frame.left, frame.width),
      };
    }
    const take = (event) => {
      const { row, column } = pointedAt(event);
      choose(row, column);
    };
    surface.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      surface.setPointerCapture(event.pointerId);
      take(event);
    });
    surface.addEventListener("pointermove", (event) => {
      if (surface.hasPointerCapture(event.pointerId)) take(event);
      else if (event.pointerType === "mouse") {
        hover = pointedAt(event);
        show();
      }
    });
    surface.addEventListener("pointerleave", () => {
      hover = null;
      show();
    });
    surface.addEventListener("keydown", (event) => {
      if (event.altKey || event.metaKey || event.shiftKey || event.ctrlKey) return;
      const { side } = layers[number()];
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0],
        Home: [0, -side], End: [0, side], PageUp: [-side, 0], PageDown: [side, 0] }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const { row, column } = unit();
      choose(row + step[0], column + step[1]);
    });

    host.append(
      make("p", { class: "lenet-title" }, "What a unit sees"), form,
      make("p", { class: "lenet-hint" }, "Point at a unit of the last map, or use the arrow keys on it. " +
        "Rows and columns count from 0; a unit is drawn as wide as its step on the input."),
      stage, said.element, tables);
    update();
    new ResizeObserver(show).observe(stage);
    model.onchange((key) => {
      if (key === undefined) update(); // the page's own model tells of its own changes
    });
  };
})(globalThis.LeNetCourse);
