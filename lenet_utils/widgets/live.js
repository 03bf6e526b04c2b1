/* The live network: draw or choose a digit, change it, and see the state of every layer. */
(function (course) {
  "use strict";
  if (course.elements.live) return;
  const { make, styled, field, button, status, atRepaint } = course;

  const SIZE = 280; // the pad is ten times as fine as MNIST's 28 pixels
  const CHANGES = [
    ["right", "Shift right", { min: -8, max: 8, unit: " px" }, 0],
    ["down", "Shift down", { min: -8, max: 8, unit: " px" }, 0],
    ["scale", "Scale", { min: 0.5, max: 2, step: 0.05, unit: "x" }, 1],
    ["turn", "Turn", { min: -180, max: 180, step: 5, unit: "°" }, 0],
    ["shear", "Shear", { min: -1, max: 1, step: 0.05 }, 0],
    ["noise", "Noise", { min: 0, max: 0.3, step: 0.01 }, 0],
  ];
  const PLACES = ["right", "down", "scale", "turn", "shear", "noise"];
  const TRAINED_ON = "The network was trained on digits only. It has to name one, whatever it sees.";
  const GAP = 4; // CSS pixels between the maps of a layer
  const FRAME = "#ffe14d", FRAME_EDGE = "#111418"; // neither of them a color of the maps

  /* How each layer is laid out, and what it does, for somebody who has never seen a network.
   * Sizes and windows come from the weights. */
  const LAYERS = [
    { name: "Input", columns: 1, pixel: 5,
      text: "What the network sees: the digit at its usual size and place, then changed by the sliders." },
    { name: "C1", columns: 3, pixel: 3,
      text: "Each map shows where one small pattern is, such as one side of a stroke. " +
        "Orange: here it is; blue: here is its opposite." },
    { name: "S2", columns: 3, pixel: 4, text: "The same maps at half the size: each square is the mean of 2x2." },
    { name: "C3", columns: 4, pixel: 5, text: "Patterns of patterns: each map looks for its own in all of S2." },
    { name: "S4", columns: 4, pixel: 6, text: "Half the size again. Where exactly a pattern was counts less and less." },
    { name: "C5", columns: 12, pixel: 10, block: true,
      text: "No picture any more: each number is computed from all of S4." },
    { name: "F6", columns: 7, pixel: 10, block: true,
      text: "Each number weighs all of C5. The ten outputs weigh these." },
  ];

  /** Return the layers with sides, counts, and for each the window it has in the one before. */
  function structure() {
    const net = course.network();
    const shape = (name) => net[`${name}/kernel`].shape;
    let before = { name: "Input", side: 32, maps: 1, sees: 1, step: 1 };
    const layers = [{ ...LAYERS[0], ...before, window: 0 }];
    for (const layer of LAYERS.slice(1)) {
      const pooling = !net[`${layer.name}/kernel`];
      const flat = !pooling && shape(layer.name).length === 2;
      const window = pooling ? 2 : flat ? before.side : shape(layer.name)[0];
      const stride = pooling ? 2 : 1;
      before = {
        ...layer, pooling, window, stride, from: before,
        side: pooling ? before.side / 2 : before.side - window + 1,
        maps: pooling ? before.maps : shape(layer.name).at(-1),
        sees: before.sees + (window - 1) * before.step,
        step: before.step * stride,
      };
      layers.push(before);
    }
    return layers;
  }

  /* Colors, looked up instead of computed: one 32-bit number for each of 256 levels. */
  function table(color, low, high) {
    const colors = new Uint32Array(256);
    const bytes = new Uint8Array(colors.buffer);
    for (let i = 0; i < 256; i++) {
      const [r, g, b] = color(low + ((high - low) * i) / 255);
      bytes.set([r, g, b, 255], 4 * i);
    }
    return (value) => colors[Math.max(0, Math.min(255, ((value - low) / (high - low)) * 255 + 0.5)) | 0];
  }

  const percent = (share) => (share > 0.9995 ? "> 99.9 %" : `${(100 * share).toFixed(1)} %`);
  const span = (first, count) => (count === 1 ? `${first}` : `${first} to ${first + count - 1}`);

  course.elements.live = function (host, model) {
    const layers = structure();
    const digits = course.digits();
    const right = digits.filter((digit) => !digit.wrong);
    const wrong = digits.filter((digit) => digit.wrong);
    const inkColor = table(course.ink, -0.1, 1.175);
    const signedColor = table((value) => course.signed(value), -1, 1);
    const ratio = Math.min(3, Math.max(1, Math.ceil(globalThis.devicePixelRatio || 1)));

    /* ---------- what is shown: a base (an example or an image) or strokes ---------- */

    let now = { base: null, strokes: [] }; // base: {gray, and label if it has one}
    const past = [];
    let states = null, selected = null, setting = false, nextWrong = 0, known = -1;

    function change(next) {
      past.push(now);
      if (past.length > 200) past.shift();
      now = next;
    }

    /* ---------- the drawing pad ---------- */

    const pad = make("canvas", {
      class: "lenet-pad", width: SIZE, height: SIZE, tabindex: "0", role: "application",
      "aria-roledescription": "drawing pad", "data-lm-suppress-shortcuts": "true",
    });
    const sheet = make("canvas", { width: SIZE, height: SIZE }); // the ink alone, for the network
    const sheetContext = sheet.getContext("2d", { willReadFrequently: true });
    const small = make("canvas", { width: 28, height: 28 });
    const pen = { x: SIZE / 2, y: SIZE / 2, down: false, shown: false };
    let pointer = null;

    function inkSheet() {
      const c = sheetContext;
      c.fillStyle = "#000";
      c.fillRect(0, 0, SIZE, SIZE);
      c.lineCap = c.lineJoin = "round";
      for (const [width, color] of [[28, "#333"], [25, "#777"], [22, "#bbb"], [19, "#fff"]]) { // soft
        c.lineWidth = width;
        c.strokeStyle = color;
        c.beginPath();
        for (const stroke of now.strokes) {
          c.moveTo(stroke[0], stroke[1]);
          c.lineTo(stroke[0] + 0.01, stroke[1]); // a tap is a dot
          for (let i = 2; i < stroke.length; i += 2) c.lineTo(stroke[i], stroke[i + 1]);
        }
        c.stroke();
      }
      const rgba = c.getImageData(0, 0, SIZE, SIZE).data;
      const ink = new Uint8Array(SIZE * SIZE);
      for (let i = 0; i < ink.length; i++) ink[i] = rgba[4 * i];
      return ink;
    }

    let drawnFor = null, drawn = null;
    /** Return the 28x28 gray levels of what is on the pad, whole numbers as in MNIST, or null. */
    function gray() {
      if (!now.strokes.length) return now.base && now.base.gray;
      if (drawnFor !== now.strokes) {
        const levels = course.normalize(inkSheet(), SIZE, SIZE);
        drawn = levels && levels.map(Math.round);
        drawnFor = now.strokes;
      }
      return drawn;
    }

    function paintPad() {
      const c = pad.getContext("2d");
      c.fillStyle = "#fff";
      c.fillRect(0, 0, SIZE, SIZE);
      if (now.strokes.length) {
        c.globalCompositeOperation = "difference"; // white ink on black becomes black on white
        c.drawImage(sheet, 0, 0);
        c.globalCompositeOperation = "source-over";
      } else if (now.base) {
        course.paint(small, now.base.gray, (level) => [255 - level, 255 - level, 255 - level]);
        c.imageSmoothingEnabled = false;
        c.drawImage(small, 0, 0, SIZE, SIZE);
      } else {
        c.fillStyle = "#6a707a";
        c.font = "22px system-ui, sans-serif";
        c.textAlign = "center";
        c.fillText("Draw a digit here", SIZE / 2, SIZE / 2 + 7);
      }
      if (pen.shown) {
        c.lineWidth = 3;
        c.strokeStyle = pen.down ? "#a83f00" : "#0067a3";
        c.beginPath();
        c.arc(pen.x, pen.y, 13, 0, 2 * Math.PI);
        for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
          c.moveTo(pen.x + 8 * dx, pen.y + 8 * dy);
          c.lineTo(pen.x + 18 * dx, pen.y + 18 * dy);
        }
        c.stroke();
      }
    }

    function startStroke(x, y) {
      change({ base: null, strokes: [...now.strokes, [x, y]] });
      redraw();
    }

    function moveStroke(points) {
      const strokes = now.strokes.slice();
      strokes[strokes.length - 1] = strokes.at(-1).concat(points);
      now = { base: null, strokes };
      redraw();
    }

    function inPad(event) {
      const box = pad.getBoundingClientRect();
      const place = (at, start, length) =>
        Math.round(Math.max(0, Math.min(SIZE, ((at - start) * SIZE) / length)) * 10) / 10;
      return [
        place(event.clientX, box.left + pad.clientLeft, pad.clientWidth),
        place(event.clientY, box.top + pad.clientTop, pad.clientHeight),
      ];
    }

    pad.addEventListener("pointerdown", (event) => {
      if (pointer !== null || event.button !== 0) return;
      pointer = event.pointerId;
      try {
        pad.setPointerCapture(pointer);
      } catch { /* a pointer that a test made up cannot be captured */ }
      pen.shown = pen.down = false;
      startStroke(...inPad(event));
    });
    pad.addEventListener("pointermove", (event) => {
      if (event.pointerId !== pointer) return;
      const parts = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      moveStroke((parts.length ? parts : [event]).flatMap(inPad));
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      pad.addEventListener(end, (event) => {
        if (event.pointerId === pointer) pointer = null;
      });
    }
    const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    pad.addEventListener("keydown", (event) => {
      if (event.key === "z" && (event.ctrlKey || event.metaKey)) undo();
      else if (event.altKey || event.ctrlKey || event.metaKey) return;
      else if (ARROWS[event.key]) {
        const step = event.shiftKey ? 30 : 10;
        const [dx, dy] = ARROWS[event.key];
        pen.x = Math.max(0, Math.min(SIZE, pen.x + dx * step));
        pen.y = Math.max(0, Math.min(SIZE, pen.y + dy * step));
        pen.shown = true;
        if (pen.down && now.strokes.length) moveStroke([pen.x, pen.y]);
        else redraw();
        namePad();
      } else if (event.key === " ") {
        pen.shown = true;
        pen.down = !pen.down;
        if (pen.down) startStroke(pen.x, pen.y);
        else redraw();
        namePad();
        speak(pen.down ? "Pen down." : "Pen up.");
      } else if (event.key === "Escape" && pen.down) {
        pen.down = false;
        redraw();
        speak("Pen up.");
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
    pad.addEventListener("focus", () => {
      pen.shown = pad.matches(":focus-visible");
      redraw();
    });
    pad.addEventListener("blur", () => {
      pen.shown = pen.down = false;
      redraw();
    });

    function namePad() {
      const place = `row ${Math.round(pen.y / 10)}, column ${Math.round(pen.x / 10)} of 28`;
      pad.setAttribute("aria-label", "Drawing pad. Arrow keys move the pen, Space puts it down " +
        `and up. The pen is ${pen.down ? "down" : "up"} at ${place}.`);
    }

    /* ---------- the controls ---------- */

    function clear() {
      if (!now.base && !now.strokes.length) return;
      change({ base: null, strokes: [] });
      redraw();
    }

    function undo() {
      pen.down = false;
      if (past.length) now = past.pop();
      redraw();
    }

    function show(digit) {
      pen.down = false;
      change({ base: digit, strokes: [] });
      redraw();
    }

    const undoButton = button("Undo", undo);
    const clearButton = button("Clear", clear);
    const wrongButton = button("Show me one it gets wrong", () => {
      show(wrong[nextWrong++ % wrong.length]);
    });
    const thumbs = right.map((digit) => {
      const picture = make("canvas", { width: 28, height: 28, "aria-hidden": "true" });
      course.paint(picture, digit.gray, (level) => [255 - level, 255 - level, 255 - level]);
      return make("button", {
        type: "button", class: "lenet-thumb", "aria-label": `Example ${digit.label}`,
        "aria-pressed": "false", onclick: () => show(digit),
      }, picture);
    });

    const sliders = {};
    for (const [key, label, range] of CHANGES) {
      sliders[key] = field({ label, ...range, value: model.get(key), oninput: () => redraw() });
    }
    const resetButton = button("Reset", () => {
      for (const [key, , , start] of CHANGES) sliders[key].value = start;
      redraw();
    });

    /* ---------- the answer ---------- */

    const answer = make("span", { class: "lenet-answer" });
    const share = make("span", { class: "lenet-share" });
    const { rows, table: outputs } = course.outputs("Output: ten units, one for each digit");
    const said = status();
    const spoken = status(); // for screen readers alone: units chosen by key or click, the pen
    spoken.element.classList.add("lenet-heard");
    const speak = spoken.say;

    function verdict(levels, largest, top) {
      const reads = `The network reads ${largest}, with ${percent(top).replace(">", "more than")}.`;
      if (!levels) return `The pad is blank. ${TRAINED_ON}`;
      const box = course.box(levels, 28, 28, 127);
      let ink = 0;
      for (const level of levels) if (level > 127) ink++;
      // A plain 1 fills its narrow box as well, so only a box of some width counts.
      if (box && Math.min(box.width, box.height) >= 10 && ink > 0.6 * box.width * box.height)
        return `${reads} The ink fills most of its box, as in no digit. ${TRAINED_ON}`;
      if (top < 0.5) return `${reads} It is unsure. ${TRAINED_ON}`;
      if (!now.base || now.base.label === undefined) return reads;
      const label = now.base.label;
      return label === largest ? `A ${label} from the test set. ${reads}`
        : `The label says ${label}. ${reads}`;
    }

    /* ---------- the layers ---------- */

    for (const layer of layers) {
      const single = layer.block || layer.maps === 1;
      layer.columns = layer.block ? layer.columns : Math.min(layer.columns, layer.maps);
      const rowsOfMaps = Math.ceil(layer.maps / layer.columns);
      const pitch = layer.block ? layer.pixel : layer.side * layer.pixel + (single ? 0 : GAP);
      layer.pitch = pitch;
      layer.width = layer.columns * pitch - (single ? 0 : GAP);
      layer.height = rowsOfMaps * pitch - (single ? 0 : GAP);
      const size = `${layer.side}x${layer.side}`;
      layer.what = layer.block ? `${layer.maps} units`
        : layer.maps === 1 ? `${size} gray levels` : `${layer.maps} maps of ${size}`;
      const side = layer.block ? 1 : layer.side;
      // All maps of the layer side by side, one pixel for each unit.
      layer.atlas = make("canvas", { width: layer.columns * side, height: rowsOfMaps * side });
      layer.context = layer.atlas.getContext("2d");
      layer.image = layer.context.createImageData(layer.atlas.width, layer.atlas.height);
      layer.words = new Uint32Array(layer.image.data.buffer);
      layer.canvas = styled(make("canvas", {
        class: "lenet-layer", width: layer.width * ratio, height: layer.height * ratio,
        tabindex: "0", role: "application", "aria-roledescription": "feature maps",
        "data-lm-suppress-shortcuts": "true",
      }), { width: `${layer.width + 2}px` });
      listen(layer);
    }
    const byName = Object.fromEntries(layers.map((layer) => [layer.name, layer]));

    /** Fill a layer's atlas with its state, and bring it to the canvas enlarged. */
    function paintLayer(layer) {
      const values = states[layer.name];
      const color = layer.name === "Input" ? inkColor : signedColor;
      const side = layer.block ? 1 : layer.side, area = side * side;
      const width = layer.atlas.width;
      for (let map = 0; map < layer.maps; map++) {
        const corner = Math.floor(map / layer.columns) * side * width + (map % layer.columns) * side;
        for (let y = 0, at = map * area; y < side; y++)
          for (let x = 0; x < side; x++) layer.words[corner + y * width + x] = color(values[at++]);
      }
      layer.context.putImageData(layer.image, 0, 0);
      const c = layer.canvas.getContext("2d");
      c.imageSmoothingEnabled = false;
      const shown = layer.pixel * side * ratio, pitch = layer.pitch * ratio;
      c.clearRect(0, 0, layer.canvas.width, layer.canvas.height);
      if (layer.block || layer.maps === 1) {
        c.drawImage(layer.atlas, 0, 0, layer.canvas.width, layer.canvas.height);
        return;
      }
      for (let map = 0; map < layer.maps; map++) {
        const column = map % layer.columns, row = Math.floor(map / layer.columns);
        c.drawImage(layer.atlas, column * side, row * side, side, side,
          column * pitch, row * pitch, shown, shown);
      }
    }

    /** Frame units of one map of a layer, from (row, column), `count` on a side. */
    function frame(layer, map, row, column, count) {
      const x = (map % layer.columns) * layer.pitch + column * layer.pixel;
      const y = Math.floor(map / layer.columns) * layer.pitch + row * layer.pixel;
      const c = layer.canvas.getContext("2d");
      const length = count * layer.pixel;
      // Kept inside the canvas: a field at the border would lose half its frame.
      const left = Math.max(2, x - 2), top = Math.max(2, y - 2);
      const width = Math.min(layer.width - 2, x + length + 2) - left;
      const height = Math.min(layer.height - 2, y + length + 2) - top;
      for (const [line, color] of [[4, FRAME_EDGE], [2, FRAME]]) {
        c.lineWidth = line * ratio;
        c.strokeStyle = color;
        c.strokeRect(left * ratio, top * ratio, width * ratio, height * ratio);
      }
    }

    function paintFrames() {
      if (!selected) return;
      const { layer, map, row, column } = selected;
      frame(layer, map, row, column, 1);
      if (!layer.from) return;
      const input = layers[0], from = layer.from.canvas ? layer.from : byName[layer.from.name];
      if (from.block) frameAll(from);
      else if (from !== input) {
        const only = layer.pooling ? [map] : Array.from({ length: from.maps }, (_, each) => each);
        for (const each of only) {
          frame(from, each, row * layer.stride, column * layer.stride, layer.window);
        }
      }
      frame(input, 0, row * layer.step, column * layer.step, layer.sees);
    }

    function frameAll(layer) {
      const c = layer.canvas.getContext("2d");
      for (const [line, color] of [[4, FRAME_EDGE], [2, FRAME]]) {
        c.lineWidth = line * ratio;
        c.strokeStyle = color;
        c.strokeRect(2 * ratio, 2 * ratio, layer.canvas.width - 4 * ratio, layer.canvas.height - 4 * ratio);
      }
    }

    /** Return what the selected unit is, its value, and what it was computed from. */
    function sentence() {
      if (!selected) return "";
      const { layer, map, row, column } = selected;
      const values = states[layer.name];
      const value = values[(map * layer.side + row) * layer.side + column].toFixed(2);
      const place = `row ${row}, column ${column}`;
      if (!layer.from) return `Input, ${place}: ${value.replace("-", "−")}. Background is −0.1, ink 1.175.`;
      const unit = layer.block ? `${layer.name} unit ${map}` : `${layer.name} map ${map}, ${place}`;
      const from = layer.from;
      const lines = (at) => span(at * layer.stride, layer.window);
      const window = `rows ${lines(row)} and columns ${lines(column)}`;
      let made = "";
      if (from.side === 1) made = `It was computed from all ${from.maps} units of ${from.name}.`;
      else if (layer.side === 1) made = `It was computed from all ${from.maps} maps of ${from.name}.`;
      else if (layer.pooling) made = `It is the mean of ${window} of ${from.name} map ${map}.`;
      else if (from.maps === 1) {
        made = `It was computed from ${layer.window}x${layer.window} pixels, with kernel ${map}.`;
      } else made = `It was computed from ${window} of all ${from.maps} maps of ${from.name}.`;
      const whole = layer.sees >= layers[0].side;
      const sees = whole ? "It sees the whole input."
        : `It sees rows ${span(row * layer.step, layer.sees)} and columns ` +
          `${span(column * layer.step, layer.sees)} of the input.`;
      return `${unit}: ${value.replace("-", "−")}. ${[made, sees].filter(Boolean).join(" ")}`;
    }

    const told = make("p", { class: "lenet-told" });
    const HINT = "Point at any square of a map, tap it, or move to it with the arrow keys. It is one " +
      "unit: see its value, what it was computed from, and the part of the input that it sees.";

    function tell() {
      told.textContent = selected ? sentence() : HINT;
    }

    function select(next, aloud) {
      const same = selected && next && selected.layer === next.layer && selected.map === next.map &&
        selected.row === next.row && selected.column === next.column;
      if (!same) {
        selected = next;
        reframe();
      }
      if (aloud) speak(next ? sentence() : "No unit is selected.");
    }

    /** Return the unit of a layer under a pointer, or null in a gap. */
    function under(layer, event) {
      const box = layer.canvas.getBoundingClientRect();
      const factor = layer.width / layer.canvas.clientWidth; // a narrow page shows it smaller
      const x = (event.clientX - box.left - layer.canvas.clientLeft) * factor;
      const y = (event.clientY - box.top - layer.canvas.clientTop) * factor;
      if (x < 0 || y < 0 || x >= layer.width || y >= layer.height) return null;
      const map = Math.floor(y / layer.pitch) * layer.columns + Math.floor(x / layer.pitch);
      const column = Math.floor((x % layer.pitch) / layer.pixel);
      const row = Math.floor((y % layer.pitch) / layer.pixel);
      if (map >= layer.maps || row >= layer.side || column >= layer.side) return null;
      return { layer, map, row, column };
    }

    function moved(layer, key) {
      const { side, maps, columns } = layer;
      const start = selected && selected.layer === layer ? selected : null;
      const middle = side >> 1;
      if (!start) return { layer, map: 0, row: middle, column: middle };
      const to = { ...start };
      if (key === "Home") to.map = 0;
      else if (key === "End") to.map = maps - 1;
      else if (key === "PageDown") to.map = Math.min(maps - 1, start.map + 1);
      else if (key === "PageUp") to.map = Math.max(0, start.map - 1);
      else {
        const [dx, dy] = ARROWS[key];
        to.column += dx;
        to.row += dy;
        // Over the edge of a map the way goes on in the next one, where there is one.
        const across = to.column < 0 ? -1 : to.column >= side ? 1 : 0;
        const along = to.row < 0 ? -1 : to.row >= side ? 1 : 0;
        const next = start.map + across + along * columns;
        const sameRow = !across || Math.floor(next / columns) === Math.floor(start.map / columns);
        if ((across || along) && (next < 0 || next >= maps || !sameRow)) return start;
        to.map = next;
        to.column -= across * side;
        to.row -= along * side;
      }
      return to;
    }

    function listen(layer) {
      const { canvas } = layer;
      canvas.addEventListener("pointermove", (event) => {
        const unit = event.pointerType === "touch" ? null : under(layer, event);
        if (unit) select(unit, false);
      });
      canvas.addEventListener("click", (event) => {
        const unit = under(layer, event);
        if (unit) select(unit, true);
      });
      canvas.addEventListener("keydown", (event) => {
        if (event.altKey || event.ctrlKey || event.metaKey) return;
        const { key } = event;
        if (key === "Escape" && selected) select(null, true);
        else if (ARROWS[key] || ["Home", "End", "PageUp", "PageDown"].includes(key)) {
          select(moved(layer, key), true);
        } else return;
        event.preventDefault();
        event.stopPropagation();
      });
      canvas.addEventListener("focus", () => {
        if (canvas.matches(":focus-visible") && (!selected || selected.layer !== layer)) {
          select(moved(layer, "Home"), false);
        }
      });
    }

    function nameLayers() {
      for (const layer of layers) {
        const chosen = selected && selected.layer === layer ? ` Selected: ${sentence()}` : "";
        const label = `${layer.name}, ${layer.what}. ${layer.text} Arrow keys choose a unit` +
          `${layer.maps > 1 && !layer.block ? ", Page Up and Page Down a map" : ""}.${chosen}`;
        if (layer.label !== label) layer.canvas.setAttribute("aria-label", (layer.label = label));
      }
    }

    /* ---------- one redraw, and what Python is told ---------- */

    function draw() {
      const levels = gray();
      const change = { seed: 1 };
      for (const key of PLACES) change[key] = sliders[key].value;
      const seen = course.transform(levels || new Float32Array(784), change);
      states = course.forward(course.toInput(seen));
      paintPad();
      for (const layer of layers) paintLayer(layer);
      paintFrames();
      tell();
      nameLayers();
      let largest = 0;
      for (let i = 1; i < 10; i++) if (states.Output[i] > states.Output[largest]) largest = i;
      const top = states.Output[largest];
      answer.textContent = String(largest);
      share.textContent = percent(top);
      answer.parentElement.classList.toggle("lenet-unsure", !levels || top < 0.5);
      rows.forEach(({ bar, text, row }, i) => {
        bar.style.transform = `scaleX(${states.Output[i].toFixed(4)})`;
        text.textContent = percent(states.Output[i]);
        row.classList.toggle("lenet-top", i === largest);
      });
      said.say(verdict(levels, largest, top));
      thumbs.forEach((thumb, i) => {
        const pressed = String(now.base === right[i] && !now.strokes.length);
        if (thumb.getAttribute("aria-pressed") !== pressed) thumb.setAttribute("aria-pressed", pressed);
      });
      undoButton.disabled = !past.length && document.activeElement !== undoButton;
      later();
    }

    function drawFrames() {
      for (const layer of layers) paintLayer(layer);
      paintFrames();
      tell();
      nameLayers();
    }

    const redraw = atRepaint(draw);
    const reframe = atRepaint(drawFrames);

    let waiting = 0;
    function later() {
      clearTimeout(waiting);
      waiting = setTimeout(commit, 120);
    }

    /** Tell the model what the page shows; only what is new. */
    function commit() {
      const base = now.strokes.length ? null : now.base;
      const levels = gray();
      known = right.includes(base) ? base.label : -1;
      const values = {
        digit: known,
        image: known < 0 && levels ? Array.from(levels) : [],
        answer: Number(answer.textContent),
        probabilities: Array.from(states.Output, (value) => Math.round(value * 1e4) / 1e4),
      };
      for (const key of PLACES) values[key] = sliders[key].value;
      setting = true;
      try {
        for (const [key, value] of Object.entries(values)) {
          if (JSON.stringify(model.get(key)) !== JSON.stringify(value)) model.set(key, value);
        }
      } finally {
        setting = false;
      }
    }

    /** Take everything from the model, as Python or the page's state has it. */
    function take() {
      clearTimeout(waiting);
      for (const [key, , range, start] of CHANGES) {
        const value = Number(model.get(key) ?? start);
        sliders[key].value = Number.isFinite(value) ? Math.max(range.min, Math.min(range.max, value)) : start;
      }
      const image = model.get("image");
      const label = model.get("digit");
      const chosen = label >= 0 && label !== known; // a digit that is new wins over an old image
      known = label;
      if (!chosen && Array.isArray(image) && image.length === 784) {
        const same = wrong.find((digit) => digit.gray.every((level, i) => level === image[i]));
        now = { base: same || { gray: Float32Array.from(image) }, strokes: [] };
      } else now = { base: right.find((digit) => digit.label === label) || null, strokes: [] };
      pen.down = false;
      redraw();
    }

    /* ---------- the page ---------- */

    const padBox = make("div", { class: "lenet-left", role: "group", "aria-label": "Drawing" },
      pad, make("div", { class: "lenet-buttons" }, undoButton, clearButton));
    const examples = digits.length
      ? make("div", { class: "lenet-examples", role: "group", "aria-label": "Examples from the test set" },
        make("p", { class: "lenet-quiet" }, "Or choose one:"),
        make("div", { class: "lenet-thumbs" }, ...thumbs))
      : null;
    const result = make("div", { class: "lenet-result" },
      make("p", { class: "lenet-reads" }, make("span", { class: "lenet-quiet" }, "It reads"), answer, share),
      outputs, wrong.length ? wrongButton : null);
    const form = make("div", { class: "lenet-fields lenet-changes", role: "group", "aria-label": "Change the digit" });
    for (const [key] of CHANGES) form.append(sliders[key].element);
    const flow = make("div", { class: "lenet-flow" });
    for (const layer of layers) {
      flow.append(styled(make("div", { class: `lenet-block lenet-block-${layer.name}` },
        make("p", { class: "lenet-name" }, make("strong", {}, layer.name), ` ${layer.what}`),
        layer.canvas, make("p", { class: "lenet-what" }, layer.text)),
      { maxWidth: `${Math.max(layer.width + 2, 112)}px` }));
    }
    const scale = make("div", { class: "lenet-scale", role: "img",
      "aria-label": "Colors of the maps: blue is −1, white is 0, red is +1." });
    for (const [text, value] of [["−1", -1], ["0", 0], ["+1", 1]]) {
      scale.append(make("span", { class: `lenet-at-${value + 1}` }, text));
    }
    const ends = [-1, 0, 1].map((value) => `rgb(${course.signed(value).join(",")})`);
    scale.prepend(styled(make("span", { class: "lenet-colors" }),
      { background: `linear-gradient(to right, ${ends.join(", ")})` }));

    host.append(
      make("p", { class: "lenet-title" }, "LeNet-5, live"),
      make("p", {}, "Draw a digit in the square. The answer, and every layer below, change with each stroke."),
      make("div", { class: `lenet-top-row${examples ? "" : " lenet-alone"}` }, padBox, result, examples),
      said.element,
      make("div", { class: "lenet-change-row" }, form, resetButton),
      make("div", { class: "lenet-told-row" }, told, scale),
      flow, spoken.element,
    );
    host.lenetStates = () => states;
    host.lenetRedraw = draw;
    namePad();
    model.onchange((key) => {
      if (key !== undefined || setting) return; // the page tells of its own changes
      take();
    });
    take();
    draw();
  };
})(globalThis.LeNetCourse);
