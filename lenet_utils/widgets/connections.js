/* The table of connections: which maps of S2 feed which maps of C3, and what that costs. */
(function (course) {
  "use strict";
  if (course.elements.connections) return;
  const { make, draw, button, status, count } = course;

  const WIDE = 16 * 28 + 64; // pixels that the table needs with a column for each map of C3
  const NAMES = { dense: "Dense", 1998: "1998 (Table I)" };

  /** Return [0, 4, 5] as "0, 4 and 5". */
  const listed = (numbers) =>
    numbers.length < 2 ? numbers.join("")
      : `${numbers.slice(0, -1).join(", ")} and ${numbers[numbers.length - 1]}`;

  const signed = (number) => `${number < 0 ? "−" : number > 0 ? "+" : ""}${count(Math.abs(number))}`;

  course.elements.connections = function (host, model) {
    const { inputs, maps, kernel, side } = model.get("sizes");
    const presets = model.get("presets") || {};
    const said = status();
    let fed = []; // for each map of C3, a true or false for each map of S2
    let at = { map: 0, input: 0 }; // the one button that Tab reaches
    let pointed = null; // the map of C3 that the pointer or the focus is on
    let wide = null;

    /* ---------- what the table says ---------- */

    function read() {
      const table = model.get("table") || [];
      fed = Array.from({ length: maps }, (_, map) =>
        Array.from({ length: inputs }, (_, input) => (table[map] || []).includes(input)));
    }
    const feeding = (map) => fed[map].flatMap((on, input) => (on ? [input] : []));
    const table = () => fed.map((_, map) => feeding(map));
    const empty = () => fed.flatMap((row, map) => (row.some(Boolean) ? [] : [map]));

    function describe(map) {
      const from = feeding(map);
      const which = from.length === inputs ? `all ${inputs} maps of S2`
        : `S2 map${from.length === 1 ? "" : "s"} ${listed(from)}`;
      const weights = kernel * kernel * from.length;
      return `C3 map ${map} is fed by ${which}: ${kernel}·${kernel}·${from.length} = ` +
        `${weights} weights and 1 bias.`;
    }

    function sentence(counts) {
      const none = empty();
      const parts = [];
      if (none.length) {
        parts.push(none.length === 1
          ? `C3 map ${none[0]} is fed by no map: every map needs at least one.`
          : `C3 maps ${listed(none)} are fed by no map: every map needs at least one.`);
      }
      if (pointed !== null && fed[pointed].some(Boolean)) parts.push(describe(pointed));
      if (counts || pointed === null) {
        const links = fed.flat().filter(Boolean).length;
        parts.push(`${links} of ${inputs * maps} links, ` +
          `${count(kernel * kernel * links + maps)} parameters.`);
      }
      return parts.join(" ");
    }

    /* ---------- the parts ---------- */

    const chosen = Object.keys(presets).map((key) => [key, button(NAMES[key] || key, () => {
      model.set("table", presets[key].map((row) => [...row]));
      read();
      update(true);
    }, { "aria-pressed": "false" })]);
    const choices = make("div", { class: "lenet-row lenet-connections-presets", role: "group",
      "aria-label": "Known tables" }, ...chosen.map(([, element]) => element));

    const buttons = Array.from({ length: maps }, (_, map) =>
      Array.from({ length: inputs }, (_, input) => make("button", {
        type: "button", class: "lenet-link", "aria-label": `S2 map ${input} feeds C3 map ${map}`,
        tabindex: "-1", "data-map": map, "data-input": input,
        "data-lm-suppress-shortcuts": "true",
      })));

    const picture = draw("svg", { class: "lenet-links", role: "img" });
    const lines = [], dots = { input: [], map: [] }, numbers = [];
    for (let map = 0; map < maps; map++)
      for (let input = 0; input < inputs; input++) {
        const line = draw("line", {});
        lines.push({ map, input, line });
        picture.append(line);
      }
    for (const [key, length] of [["input", inputs], ["map", maps]])
      for (let i = 0; i < length; i++) {
        dots[key].push(draw("circle", { r: 4.5 }));
        picture.append(dots[key][i]);
      }
    for (let i = 0; i < inputs; i++) {
      numbers.push(draw("text", {}));
      numbers[i].textContent = `S2 ${i}`;
      picture.append(numbers[i]);
    }

    const grid = make("table", { role: "grid", class: "lenet-connections-grid",
      "aria-label": "Which maps of S2 feed which maps of C3" });
    const stage = make("div", { class: "lenet-connections-stage" }, picture, grid);

    const RESULTS = [["links", "Links"], ["parameters", "Parameters"], ["connections", "Connections"]];
    const cells = {};
    const body = make("tbody");
    for (const [key, label] of RESULTS) {
      const parts = ["formula", "number"].map((kind) => make("span", { class: `lenet-${kind}` }));
      const others = ["dense", "difference"].map((kind) => make("td", { class: `lenet-${kind}` }));
      cells[key] = [...parts, ...others];
      body.append(make("tr", {}, make("th", { scope: "row" }, label),
        make("td", {}, parts[0], " ", parts[1]), ...others));
    }
    const results = make("table", { class: "lenet-connections-results" },
      make("thead", {}, make("tr", {}, ...["C3", "this table", "dense", "change"]
        .map((text) => make("th", { scope: "col" }, text)))), body);

    /* ---------- showing it ---------- */

    /* A wide page has the paper's table, a column for each map of C3; a narrow one turns it. */
    function build() {
      const held = grid.contains(document.activeElement) ? document.activeElement : null;
      const [across, down] = wide ? [maps, inputs] : [inputs, maps];
      const name = (layer, number) => `${layer} ${number}`;
      const header = (text, scope, layer, number) => make("th", {
        scope, "data-map": layer === "C3" ? number : null,
        "aria-label": `${layer} map ${number}`,
      }, text);
      const top = make("tr", {}, make("td", { class: "lenet-corner" }, wide ? "C3" : "S2"));
      for (let x = 0; x < across; x++) top.append(header(String(x), "col", wide ? "C3" : "S2", x));
      const rows = [];
      for (let y = 0; y < down; y++) {
        const layer = wide ? "S2" : "C3";
        const row = make("tr", {}, header(name(layer, y), "row", layer, y));
        for (let x = 0; x < across; x++) {
          const [map, input] = wide ? [x, y] : [y, x];
          row.append(make("td", { "data-map": map }, buttons[map][input]));
        }
        rows.push(row);
      }
      grid.replaceChildren(make("thead", {}, top), make("tbody", {}, ...rows));
      host.classList.toggle("lenet-turned", !wide);
      if (held) held.focus();
    }

    /* The dots of C3 stand where their columns, or rows, of the table are. */
    function place() {
      const box = stage.getBoundingClientRect();
      if (!box.width) return;
      const table = grid.getBoundingClientRect();
      const depth = wide ? 104 : Math.max(64, Math.floor(table.left - box.left));
      const length = wide ? table.width : table.height;
      picture.setAttribute("width", wide ? length : depth);
      picture.setAttribute("height", wide ? depth : length);
      const [start, end] = [wide ? 26 : 34, depth - 8];
      const middle = (map) => {
        const cell = buttons[map][0].getBoundingClientRect();
        return wide ? cell.left + cell.width / 2 - table.left : cell.top + cell.height / 2 - table.top;
      };
      const mapAt = buttons.map((_, map) => middle(map));
      const [first, last] = [mapAt[0], mapAt[maps - 1]];
      const inputAt = Array.from({ length: inputs }, (_, i) =>
        first + ((last - first) * (i + 0.5)) / inputs);
      const point = (along, across) => (wide ? [along, across] : [across, along]);
      for (const { map, input, line } of lines) {
        const [x1, y1] = point(inputAt[input], start);
        const [x2, y2] = point(mapAt[map], end);
        for (const [key, value] of Object.entries({ x1, y1, x2, y2 })) line.setAttribute(key, value);
      }
      dots.input.forEach((dot, i) => move(dot, point(inputAt[i], start), "cx", "cy"));
      dots.map.forEach((dot, i) => move(dot, point(mapAt[i], end), "cx", "cy"));
      numbers.forEach((text, i) => {
        move(text, wide ? [inputAt[i], start - 11] : [start - 9, inputAt[i] + 4], "x", "y");
        text.setAttribute("text-anchor", wide ? "middle" : "end");
      });
    }
    function move(element, [x, y], nameX, nameY) {
      element.setAttribute(nameX, x);
      element.setAttribute(nameY, y);
    }

    function measure() {
      const width = stage.clientWidth;
      const now = width === 0 || width >= WIDE;
      if (now !== wide) {
        wide = now;
        build();
      }
      place();
    }

    const show = course.atRepaint(function () {
      for (const part of grid.querySelectorAll("[data-map]"))
        part.classList.toggle("lenet-pointed", Number(part.dataset.map) === pointed);
      for (const { map, input, line } of lines) {
        const on = fed[map][input];
        line.setAttribute("class", !on ? "lenet-cut" : map === pointed ? "lenet-pointed" : "");
      }
      dots.map.forEach((dot, map) => dot.setAttribute("class",
        !fed[map].some(Boolean) ? "lenet-empty" : map === pointed ? "lenet-pointed" : ""));
      dots.input.forEach((dot, input) => dot.setAttribute("class",
        pointed !== null && fed[pointed][input] ? "lenet-pointed" : ""));
    });

    function update(counts) {
      buttons.forEach((row, map) => row.forEach((element, input) => {
        element.setAttribute("aria-pressed", String(fed[map][input]));
        element.tabIndex = map === at.map && input === at.input ? 0 : -1;
      }));
      const now = JSON.stringify(table());
      for (const [key, element] of chosen)
        element.setAttribute("aria-pressed", String(JSON.stringify(presets[key]) === now));
      const links = fed.flat().filter(Boolean).length;
      const all = inputs * maps;
      const parameters = (number) => kernel * kernel * number + maps;
      const fill = (key, value, formula, dense) => {
        const texts = [formula, count(value), count(dense), signed(value - dense)];
        cells[key].forEach((cell, i) => { cell.textContent = texts[i]; });
      };
      fill("links", links, "", all);
      fill("parameters", parameters(links), `(${kernel}·${kernel})·${links} + ${maps} =`, parameters(all));
      fill("connections", side * side * parameters(links), `${side}·${side}·${parameters(links)} =`,
        side * side * parameters(all));
      const wrong = empty();
      host.classList.toggle("lenet-wrong", wrong.length > 0);
      picture.setAttribute("aria-label",
        `${links} of ${all} links between the ${inputs} maps of S2 and the ${maps} maps of C3`);
      said.say(sentence(counts));
      show();
    }

    /* ---------- pointer and keyboard ---------- */

    function point(map) {
      if (map === pointed) return;
      pointed = map;
      said.say(sentence(false));
      show();
    }

    function toggle(map, input) {
      fed[map][input] = !fed[map][input];
      at = { map, input };
      pointed = map;
      model.set("table", table());
      update(true);
    }

    grid.addEventListener("pointerover", (event) => {
      const part = event.target.closest("[data-map]");
      if (part && event.pointerType === "mouse") point(Number(part.dataset.map));
    });
    grid.addEventListener("focusin", (event) => {
      const { map, input } = event.target.dataset;
      if (map === undefined) return;
      buttons[at.map][at.input].tabIndex = -1;
      at = { map: Number(map), input: Number(input) };
      event.target.tabIndex = 0;
      point(at.map);
    });
    grid.addEventListener("click", (event) => {
      const cell = event.target.closest("button");
      if (cell) toggle(Number(cell.dataset.map), Number(cell.dataset.input));
    });
    grid.addEventListener("keydown", (event) => {
      if (event.altKey || event.metaKey || event.shiftKey || event.ctrlKey) return;
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
        Home: [-maps, 0], End: [maps, 0], PageUp: [0, -maps], PageDown: [0, maps] }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const [map, input] = wide ? step : [step[1], step[0]];
      const clip = (value, length) => Math.min(Math.max(value, 0), length - 1);
      buttons[clip(at.map + map, maps)][clip(at.input + input, inputs)].focus();
    });

    host.append(make("p", { class: "lenet-title" }, "Which S2 maps feed which C3 maps"),
      choices, stage, said.element, results);
    read();
    measure();
    update(false);
    new ResizeObserver(course.atRepaint(measure)).observe(stage);
    model.onchange((key) => {
      if (key !== undefined) return; // the page's own model tells of its own changes
      const before = JSON.stringify(table());
      read();
      if (JSON.stringify(table()) !== before) update(true);
    });
  };
})(globalThis.LeNetCourse);
