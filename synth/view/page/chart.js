// Every program's value at the time it was told, and the best so far.
let drawChart = () => {};
const chart = { by: "seconds", points: [] };

function costAt(node) {
  return { seconds: node.told, programs: node.order + 1, tokens: node.spent, dollars: node.dollars }[chart.by];
}

function endOfRun() {
  const { seconds: at, usage } = data.state;
  return { seconds: at, programs: data.told.length, tokens: usage.tokens, dollars: usage.dollars }[chart.by];
}

function paintChart(pen, width, height) {
  const done = data.told.filter((node) => node.state === "done");
  const high = Math.max(endOfRun(), done.length ? costAt(done.at(-1)) : 0) || 1;
  const x = scale(0, high, MARGIN.left, width - MARGIN.right - 6), y = scale(0, 1, height - MARGIN.bottom, MARGIN.top + 4);
  const small = height < 110;
  for (const tick of small ? [0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1]) {
    pen.strokes([[MARGIN.left, y(tick), width - MARGIN.right, y(tick)]], palette.rule, 0.7);
    pen.write(`${tick}`, MARGIN.left - 6, y(tick), palette.muted, 10.5, "right");
  }
  bottomAxis(pen, high, x, width, height);
  chart.points = done.map((node) => [node.id, x(costAt(node)), y(node.value)]);
  const r = done.length > 2000 ? 1.6 : done.length > 400 ? 2.2 : 3;
  for (const [id, px, py] of chart.points) {
    const node = data.nodes[id];
    pen.fade(app.matches && !app.matches.has(id) ? 0.12 : 0.9);
    if (done.length > 3000 && !node.verified) pen.box(px - 1.2, py - 1.2, 2.4, 2.4, node.twin === null ? fillOf(node) : palette.outline);
    else if (node.twin !== null) pen.circle(px, py, r * 0.8, palette.bg, palette.outline, 0.8);
    else pen.circle(px, py, node.verified ? r + 0.8 : r, fillOf(node), node.verified ? palette.good : palette.outline, 0.6);
  }
  pen.fade(1);
  const steps = [];
  data.best.forEach((node, i) => {
    const next = data.best[i + 1];
    steps.push(x(costAt(node)), y(node.value));
    steps.push(x(next ? costAt(next) : high), y(node.value));
  });
  if (steps.length) pen.strokes([steps], palette.accent, 2);
  const climb = lineage(app.selected).map((id) => data.nodes[id]).filter((node) => node.state === "done" && node.id);
  if (climb.length > 1) pen.strokes([climb.flatMap((node) => [x(costAt(node)), y(node.value)])], palette.ink, 1, [3, 3]);
  for (const id of [app.hovered, app.selected]) {
    const node = id === null ? null : data.nodes[id];
    if (node?.state === "done" && id) pen.circle(x(costAt(node)), y(node.value), r + 3.5, null, id === app.selected ? palette.ink : palette.muted, 1.5);
  }
}

function startChart() {
  const canvas = byId("chart"), pen = new CanvasPen(canvas);
  drawChart = painter(() => {
    if (!canvas.clientWidth) return;
    pen.begin();
    paintChart(pen, canvas.clientWidth, canvas.clientHeight);
  });
  new ResizeObserver(drawChart).observe(canvas);
  const nearest = (event) => {
    const [x, y] = localPoint(canvas, event);
    let best = null, least = 18;
    for (const [id, px, py] of chart.points) {
      const far = Math.hypot(px - x, py - y);
      if (far < least) [best, least] = [id, far];
    }
    return best;
  };
  canvas.addEventListener("pointermove", (event) => {
    const id = nearest(event);
    hover(id);
    showTip(id === null ? "" : summary(data.nodes[id]), event.clientX, event.clientY);
  });
  canvas.addEventListener("pointerleave", () => {
    hover(null);
    showTip("");
  });
  canvas.addEventListener("click", (event) => {
    const id = nearest(event);
    if (id !== null) select(id, { reveal: true, open: true });
  });
  byId("axis").onchange = (event) => {
    chart.by = event.target.value;
    drawChart();
  };
  for (const event of ["select", "hover", "matches", "theme"]) on(event, drawChart);
  on("data", () => {
    byId("axis").querySelector("[value=dollars]").hidden = !data.state.usage.dollars;
    const told = data.best.map((node) => `${node.verified ? "verified" : node.value.toFixed(2)} at ${seconds(node.told)} (node ${node.id})`);
    canvas.setAttribute("aria-label", `Best value so far: ${told.join(", ") || "no program yet"}`);
    drawChart();
  });
}
