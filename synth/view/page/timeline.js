// What was under way when: a bar for each call of a model and each batch of verifications, packed
// into as few lanes as do not overlap.
let drawTimeline = () => {};
const timeline = { bars: [] };

function judging(call) {
  return call.kind === "verify" || call.kind === "run";
}

function lanesOf(calls, end) {
  const free = [], rows = [];
  for (const call of calls.toSorted((a, b) => a.begun - b.begun || a.id - b.id)) {
    let lane = free.findIndex((until) => until <= call.begun + 1e-9);
    if (lane < 0) lane = free.length;
    free[lane] = call.ended ?? end;
    rows.push([call, lane]);
  }
  return { rows, lanes: free.length };
}

function paintTimeline(pen, width, height) {
  const end = Math.max(data.state.seconds, ...data.calls.slice(-64).map((call) => call.ended ?? 0)) || 1;
  const x = scale(0, end, MARGIN.left, width - MARGIN.right);
  const asked = lanesOf(data.calls.filter((call) => !judging(call)), end);
  const judged = lanesOf(data.calls.filter((call) => judging(call)), end);
  const lanes = asked.lanes + judged.lanes, gap = asked.lanes && judged.lanes ? 8 : 0;
  const room = height - MARGIN.bottom - MARGIN.top - gap, tall = Math.min(15, room / Math.max(1, lanes));
  const thick = Math.max(1, tall - (tall > 4 ? 1.5 : 0.4));
  bottomAxis(pen, end, x, width, height);
  timeline.bars = [];
  const chosen = app.selected ? data.nodes[app.selected].expansion : null;
  const put = ({ rows }, top, colour) => {
    for (const [call, lane] of rows) {
      const from = x(call.begun), wide = Math.max(1.5, x(call.ended ?? end) - from), y = top + lane * tall;
      pen.fade(call.ended === null ? 0.3 : chosen === null || call.expansion === chosen ? 1 : 0.6);
      pen.box(from, y, wide, thick, call.error ? palette.bad : call.kind === "enumerate" ? palette.c2 : colour);
      timeline.bars.push([call, from, y, wide, tall]);
    }
  };
  put(asked, MARGIN.top, palette.model);
  put(judged, MARGIN.top + asked.lanes * tall + gap, palette.verify);
  pen.fade(1);
  for (const [call, from, y, wide] of timeline.bars) {
    if (call.expansion === chosen) pen.strokes([[from, y + thick + 0.6, from + wide, y + thick + 0.6]], palette.ink, 1.2);
  }
}

function describeCall(call) {
  const took = call.ended === null ? "not answered" : `${seconds(call.ended - call.begun)}, from ${seconds(call.begun)}`;
  const nodes = data.nodesOf.get(call.expansion) ?? [];
  const what = {
    verify: () => `Verification of ${count(call.programs, "program")}`,
    run: () => `${count(call.programs, "program")} run on further inputs`,
    enumerate: () => "Enumeration without a model",
    model: () => `${call.model}: ${count(call.n, "answer")}`,
  }[call.kind]();
  const spent = call.prompt_tokens === undefined ? "" : `; ${call.prompt_tokens} + ${call.completion_tokens} tokens`;
  return `${what} for node ${nodes.join(", ")}; ${took}${spent}${call.error ? `; refused: ${shorten(call.error, 100)}` : ""}`;
}

function startTimeline() {
  const canvas = byId("timeline"), pen = new CanvasPen(canvas);
  drawTimeline = painter(() => {
    if (!canvas.clientWidth) return;
    pen.begin();
    paintTimeline(pen, canvas.clientWidth, canvas.clientHeight);
  });
  new ResizeObserver(drawTimeline).observe(canvas);
  const barAt = (event) => {
    const [x, y] = localPoint(canvas, event);
    return timeline.bars.find(([, from, top, wide, tall]) => x >= from - 2 && x <= from + wide + 2 && y >= top && y < top + tall)?.[0];
  };
  canvas.addEventListener("pointermove", (event) => {
    const call = barAt(event);
    hover(call ? (data.nodesOf.get(call.expansion)?.[0] ?? null) : null);
    showTip(call ? describeCall(call) : "", event.clientX, event.clientY);
  });
  canvas.addEventListener("pointerleave", () => {
    hover(null);
    showTip("");
  });
  canvas.addEventListener("click", (event) => {
    const call = barAt(event), node = call && data.nodesOf.get(call.expansion)?.[0];
    if (node) select(node, { reveal: true, open: true });
  });
  for (const event of ["select", "theme"]) on(event, drawTimeline);
  on("data", () => {
    const models = data.calls.filter((call) => call.kind === "model"), refused = models.filter((call) => call.error);
    canvas.setAttribute("aria-label", `${count(models.length, "model call")}, ${refused.length} refused, ${count(data.calls.filter((call) => call.kind === "verify").length, "verification")} in ${seconds(data.state.seconds)}`);
    byId("key-refused").hidden = !data.calls.some((call) => call.error);
    byId("key-enumerate").hidden = !data.calls.some((call) => call.kind === "enumerate");
    drawTimeline();
  });
}
