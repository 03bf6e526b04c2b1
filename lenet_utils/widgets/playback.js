/* The training, played back: what the network was after each epoch, recorded and not computed. */
(function (course) {
  "use strict";
  if (course.elements.playback) return;
  const { make, styled, field, button, status } = course;

  const PACE = 1100; // milliseconds an epoch when played
  const percent = (share, digits = 1) =>
    (share > 0.9995 && share < 1 ? "> 99.9 %" : `${(100 * share).toFixed(digits)} %`);

  /** Return tanh states kept as int8, value times 127. */
  function states(text) {
    return Float32Array.from(new Int8Array(course.bytes(text).buffer), (value) => value / 127);
  }

  /** Paint maps of side x side values beside each other into one canvas, in `columns`. */
  function paintMaps(canvas, values, side, columns, limit) {
    const { width, height } = canvas;
    const image = canvas.getContext("2d").createImageData(width, height);
    const pitch = side + 1; // one clear pixel between two maps
    for (let i = 0; i < values.length; i++) {
      const map = Math.floor(i / (side * side)), at = i % (side * side);
      const x = (map % columns) * pitch + (at % side);
      const y = Math.floor(map / columns) * pitch + Math.floor(at / side);
      image.data.set([...course.signed(values[i], limit), 255], 4 * (y * width + x));
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  course.elements.playback = function (host, model) {
    const recording = (globalThis.LENET_DATA || {}).playback;
    if (!recording) throw new Error("The recorded training is not on this page.");
    const { digit, epochs } = recording;
    const last = epochs.length - 1;
    const input = course.toInput(course.bytes(digit.image));
    const limit = Math.max(...epochs.flatMap((each) => each.kernels.map(Math.abs)));
    const total = epochs[0].confusion.flat().reduce((a, b) => a + b, 0);
    const filters = epochs[0].biases.length;
    const side = Math.sqrt(epochs[0].kernels.length / filters);
    const slowMotion = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");
    let epoch = 0, timer = 0;

    /** Return the digit's maps after an epoch: C1 and the means from its kernels, the rest kept. */
    function mapsOf({ kernels, biases, states: kept }) {
      const out = 32 - side + 1;
      const C1 = course.convolve(input, 32, 1, Float32Array.from(kernels), Float32Array.from(biases), side, filters)
        .map(Math.tanh);
      const S2 = course.pool(C1, out, filters);
      return { C1, S2, C3: states(kept.C3), C5: states(kept.C5), F6: states(kept.F6) };
    }

    /* ---------- the controls ---------- */

    const slider = field({
      label: "Epoch", min: 0, max: last, value: 0,
      oninput(value) {
        stop();
        show(value);
      },
    });
    const reduced = () => Boolean(slowMotion && slowMotion.matches);
    const playButton = button("Play", () => (timer ? stop() : play()));
    const backButton = button("Step back", () => {
      stop();
      show(epoch - 1);
    });
    const stepButton = button("Step", () => {
      stop();
      show(epoch + 1);
    });

    function play() {
      if (reduced()) { // no animation: one epoch on, or back to the start
        show(epoch === last ? 0 : epoch + 1);
        return;
      }
      show(epoch === last ? 0 : epoch + 1);
      playButton.textContent = "Pause";
      timer = setInterval(() => {
        if (!host.isConnected) return stop();
        show(epoch + 1);
        if (epoch === last) stop();
      }, PACE);
    }

    function stop() {
      clearInterval(timer);
      timer = 0;
      playButton.textContent = "Play";
    }

    /* ---------- what is shown ---------- */

    const said = status();
    const error = make("span", { class: "lenet-error" });
    const chart = make("div", { class: "lenet-chart", role: "img" });
    const most = Math.max(...epochs.slice(1).map((each) => each.error));
    const bars = epochs.map((each, i) => {
      const tall = Math.min(1, each.error / most);
      const height = styled(make("span", { class: "lenet-height" }), { height: `${(3.4 * tall).toFixed(2)}rem` });
      return make("span", { class: `lenet-column${each.error > most ? " lenet-cut" : ""}` },
        height, make("span", {}, String(i)));
    });
    chart.append(...bars);
    chart.setAttribute("aria-label", "Validation error after each epoch: " +
      `${epochs.map((each, i) => `${i}: ${percent(each.error, 2)}`).join("; ")}.`);

    const seen = styled(
      course.canvas(32, 32, `The digit: a ${digit.label} from the validation images.`),
      { width: "96px" });
    course.paint(seen, input, course.ink);
    const PARTS = [
      ["kernels", "C1's kernels", side, 3, filters, 12, "The 25 weights of each of six patterns."],
      ["C1", "C1's maps", 28, 3, filters, 3, "Where each pattern is found in the digit."],
      ["C3", "C3's maps", 10, 4, 16, 5, "Patterns of patterns."],
    ];
    const parts = PARTS.map(([key, title, size, columns, maps, pixel, text]) => {
      const width = columns * (size + 1) - 1, height = Math.ceil(maps / columns) * (size + 1) - 1;
      const canvas = styled(course.canvas(width, height, ""), { width: `${width * pixel + 2}px` });
      const element = styled(make("div", { class: "lenet-part" },
        make("p", { class: "lenet-name" }, make("strong", {}, title)), canvas,
        make("p", { class: "lenet-what" }, text)), { maxWidth: `${width * pixel + 2}px` });
      return { key, title, size, columns, canvas, element };
    });

    const reads = make("span", { class: "lenet-answer" });
    const { rows, table: outputs } = course.outputs("Its ten outputs");

    const cells = [];
    const matrixBody = make("tbody");
    for (let label = 0; label < 10; label++) {
      const line = Array.from({ length: 10 }, () => make("td"));
      cells.push(line);
      matrixBody.append(make("tr", {}, make("th", { scope: "row" }, String(label)), ...line));
    }
    const matrix = make("table", { class: "lenet-confusion" },
      make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "label"),
        ...Array.from({ length: 10 }, (_, label) => make("th", { scope: "col" }, String(label))))),
      matrixBody);

    function show(number, quiet) {
      epoch = Math.max(0, Math.min(last, Math.round(Number(number)) || 0));
      const now = epochs[epoch];
      slider.value = epoch;
      slider.input.setAttribute("aria-valuetext", epoch ? `after epoch ${epoch}` : "untrained");
      // A button that has the focus keeps it: it is marked instead of disabled.
      stepButton.setAttribute("aria-disabled", String(epoch === last));
      backButton.setAttribute("aria-disabled", String(epoch === 0));
      const maps = { kernels: now.kernels, ...mapsOf(now) };
      for (const part of parts) {
        paintMaps(part.canvas, maps[part.key], part.size, part.columns, part.key === "kernels" ? limit : 1);
        part.canvas.setAttribute("aria-label", `${part.title} ${epoch ? `after epoch ${epoch}` : "before training"}.`);
      }
      let answer = 0;
      now.output.forEach((share, i) => {
        if (share > now.output[answer]) answer = i;
      });
      reads.textContent = String(answer);
      reads.classList.toggle("lenet-miss", answer !== digit.label);
      rows.forEach(({ bar, text, row }, i) => {
        bar.style.transform = `scaleX(${now.output[i]})`;
        text.textContent = percent(now.output[i]);
        row.classList.toggle("lenet-top", i === answer);
      });
      const missed = now.confusion.map((line, i) => line.map((count, j) => (i === j ? 0 : count)));
      const largest = Math.max(...missed.flat(), 1);
      cells.forEach((line, i) => line.forEach((cell, j) => {
        cell.textContent = String(now.confusion[i][j]);
        cell.className = i === j ? "lenet-hit" : now.confusion[i][j] ? "lenet-some" : "lenet-none";
        // At most 45 %, so that the count stays readable on it in both themes.
        cell.style.setProperty("--lenet-share", `${Math.round(45 * Math.sqrt(missed[i][j] / largest))}%`);
      }));
      bars.forEach((bar, i) => bar.classList.toggle("lenet-now", i === epoch));
      const wrong = missed.flat().reduce((a, b) => a + b, 0);
      error.textContent = percent(now.error, 2);
      const when = epoch === 0 ? "Before training" : `After epoch ${epoch}`;
      said.say(`${when}: ${course.count(wrong)} of ${course.count(total)} validation images are ` +
        `read wrong. The ${digit.label} is read as ${answer}, with ${percent(now.output[answer]).replace(">", "more than")}.`);
      if (!quiet && model.get("epoch") !== epoch) model.set("epoch", epoch);
    }

    host.append(
      make("p", { class: "lenet-title" }, "The training, epoch by epoch"),
      make("div", { class: "lenet-controls", role: "group", "aria-label": "Playback" },
        playButton, backButton, stepButton, slider.element),
      said.element,
      make("div", { class: "lenet-row" },
        make("div", { class: "lenet-part" },
          make("p", { class: "lenet-name" }, make("strong", {}, "Digit")), seen,
          make("p", { class: "lenet-reads" }, make("span", {}, "read as "), reads)),
        ...parts.slice(0, 2).map((part) => part.element)),
      make("div", { class: "lenet-row" }, parts[2].element,
        make("div", { class: "lenet-part lenet-grow" }, outputs),
        make("div", { class: "lenet-part lenet-errors" },
          make("p", { class: "lenet-name" }, make("strong", {}, "Validation error "), error), chart,
          make("p", { class: "lenet-what" }, "By epoch; the bar before training is cut off."))),
      make("p", { class: "lenet-what" }, make("strong", {}, "Confusion matrix: "),
        `all ${course.count(total)} validation images, label by row, answer by column. ` +
        "Shaded where the answer is wrong, the darker the more often."),
      make("div", { class: "lenet-scroll", tabindex: "0", role: "region", "aria-label": "Confusion matrix" }, matrix),
    );
    host.lenetStates = () => mapsOf(epochs[epoch]);
    model.onchange((key) => {
      if (key !== undefined || model.get("epoch") === epoch) return; // the page tells of its own
      stop();
      show(model.get("epoch"), true);
    });
    show(model.get("epoch"), true);
  };
})(globalThis.LeNetCourse);
