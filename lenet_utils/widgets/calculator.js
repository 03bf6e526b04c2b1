/* The layer calculator: a few sizes in, shape and counts out, each with its formula. */
(function (course) {
  "use strict";
  if (course.elements.calculator) return;
  const { make, field, choice, status, count } = course;

  const FIELDS = [
    ["size", "Input size", 1], ["channels", "Channels", 1], ["kernel", "Kernel", 1],
    ["filters", "Filters or units", 1], ["stride", "Stride", 1], ["padding", "Padding", 0],
  ];
  const RESULTS = [
    ["shape", "Output shape"], ["parameters", "Parameters"], ["connections", "Connections"],
    ["multiplyAccumulates", "Multiply-accumulates"],
  ];

  course.elements.calculator = function (host, model) {
    const presets = model.get("presets") || {};
    const controls = {};
    const said = status();
    const cells = {};

    const sizes = () => course.sizesOf(kind.value);

    function layer() {
      const values = { kind: kind.value };
      for (const key of sizes()) values[key] = controls[key].value;
      return values;
    }

    function update() {
      preset.value = matching();
      for (const [key] of FIELDS) controls[key].element.hidden = !sizes().includes(key);
      const result = course.arithmetic(layer());
      for (const [key] of RESULTS) {
        const [value, formula] = cells[key];
        const number = key === "shape" ? result.shape?.join("x") : count(result[key]);
        value.textContent = result.error ? "–" : number;
        formula.textContent = result.error ? "–" : result[`${key}Formula`];
      }
      host.classList.toggle("lenet-wrong", Boolean(result.error));
      if (result.error) said.say(result.error);
      else {
        const rest = result.left === 1 ? " The last row and column are never seen."
          : result.left ? ` The last ${result.left} rows and columns are never seen.` : "";
        said.say(`Output ${result.shape.join("x")}, ${count(result.parameters)} parameters.${rest}`);
      }
    }

    function changed() {
      model.set("kind", kind.value);
      for (const key of sizes()) {
        const value = controls[key].value;
        if (!course.arithmetic({ ...layer(), [key]: value }).error) model.set(key, value);
      }
      update();
    }

    function matching() {
      const now = layer();
      const same = Object.entries(presets).find(([, wanted]) =>
        Object.entries(now).every(([key, value]) => wanted[key] === value));
      return same ? same[0] : "";
    }

    const preset = choice({
      label: "A row of the table",
      options: [["", "your own layer"], ...Object.keys(presets).map((name) => [name, name])],
      value: "",
      oninput(name) {
        if (!presets[name]) return;
        for (const [key, value] of Object.entries(presets[name])) {
          if (key === "kind") kind.value = value;
          else controls[key].value = value;
        }
        changed();
      },
    });
    const kind = choice({
      label: "Kind of layer",
      options: ["convolution", "average pooling", "fully connected"].map((name) => [name, name]),
      value: model.get("kind"),
      oninput: changed,
    });
    const form = make("div", { class: "lenet-fields", role: "group", "aria-label": "The layer" });
    form.append(preset.element, kind.element);
    for (const [key, label, min] of FIELDS) {
      controls[key] = field({
        label, type: "number", min, max: 4096, value: model.get(key), oninput: changed,
      });
      form.append(controls[key].element);
    }
    const body = make("tbody");
    for (const [key, label] of RESULTS) {
      cells[key] = [make("td", { class: "lenet-number" }), make("td", { class: "lenet-formula" })];
      body.append(make("tr", {}, make("th", { scope: "row" }, label), ...cells[key]));
    }
    const head = make("thead", {}, make("tr", {},
      ...["number", "result", "formula"].map((text) => make("th", { scope: "col" }, text))));
    const table = make("table", {}, head, body);
    host.append(make("p", { class: "lenet-title" }, "Layer calculator"), form, table, said.element);
    model.onchange((key) => {
      if (key !== undefined) return; // the page's own model tells of its own changes
      kind.value = model.get("kind");
      for (const [name] of FIELDS) controls[name].value = model.get(name);
      update();
    });
    update();
  };
})(globalThis.LeNetCourse);
