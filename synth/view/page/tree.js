// The tree on its canvas: drawn when something changes, followed by pointers, saved as a figure.
let treePen = null, drawTree = () => {};

function startTree() {
  const canvas = byId("tree");
  treePen = new CanvasPen(canvas);
  drawTree = painter(() => {
    treePen.begin();
    paintTree(treePen, canvas.clientWidth, canvas.clientHeight);
  });
  new ResizeObserver(() => {
    if (canvas.clientWidth) view.fitted ? fitTree(false) : drawTree();
  }).observe(canvas);
  followPointers(canvas);
  const middle = (factor) => zoomAt(canvas.clientWidth / 2, canvas.clientHeight / 2, factor);
  byId("zoom-in").onclick = () => middle(1.4);
  byId("zoom-out").onclick = () => middle(1 / 1.4);
  byId("zoom-fit").onclick = () => fitTree();
  byId("figure").onclick = saveFigure;
  byId("layout").onchange = (event) => {
    view.mode = event.target.value;
    fitTree(false);
  };
  byId("colour").onchange = (event) => {
    colouring.by = event.target.value;
    tell("theme");
  };
  on("select", ({ reveal: move }) => (move ? reveal(app.selected) : drawTree()));
  on("hover", drawTree);
  on("matches", drawTree);
  on("theme", () => {
    classify();
    drawLegend();
    drawTree();
  });
  on("data", () => {
    arrange();
    classify();
    drawLegend();
    canvas.setAttribute("aria-label", `Search tree of ${count(data.nodes.length - 1, "node")}, ${place.deepest} deep`);
    if (view.fitted) fitTree(false);
    else drawTree();
  });
}

function followPointers(canvas) {
  const down = new Map();
  let moved = 0, spread = 0;
  const local = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const spreadOf = () => {
    const [a, b] = [...down.values()];
    return Math.hypot(a[0] - b[0], a[1] - b[1]);
  };
  canvas.addEventListener("pointerdown", (event) => {
    cancelAnimationFrame(gliding);
    try {
      canvas.setPointerCapture(event.pointerId);
    } catch { /* the pointer is gone already */ }
    down.set(event.pointerId, local(event));
    if (down.size === 1) moved = 0;
    if (down.size === 2) spread = spreadOf();
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = local(event), before = down.get(event.pointerId);
    if (!before) {
      const id = nodeNear(x, y, Math.max(10, radius() + 4));
      hover(id);
      canvas.classList.toggle("over", id !== null);
      showTip(id === null ? "" : summary(data.nodes[id]), event.clientX, event.clientY);
      return;
    }
    down.set(event.pointerId, [x, y]);
    moved += Math.hypot(x - before[0], y - before[1]);
    if (moved < 5) return;
    showTip("");
    canvas.classList.add("pan");
    view.fitted = false;
    view.ox += (x - before[0]) / down.size;
    view.oy += (y - before[1]) / down.size;
    if (down.size === 2 && spread > 0) {
      const [a, b] = [...down.values()], now = spreadOf();
      zoomAt((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, now / spread);
      spread = now;
    }
    drawTree();
  });
  const up = (event) => {
    const begun = down.delete(event.pointerId);
    if (down.size === 0) canvas.classList.remove("pan");
    if (!begun || moved >= 5 || event.type === "pointercancel") return;
    const id = nodeNear(...local(event), event.pointerType === "touch" ? 24 : Math.max(12, radius() + 4));
    if (id !== null) select(id, { open: true });
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", () => {
    hover(null);
    showTip("");
  });
  canvas.addEventListener("dblclick", (event) => {
    if (nodeNear(...local(event), 12) === null) fitTree();
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    zoomAt(...local(event), Math.exp(-Math.max(-120, Math.min(120, event.deltaY * lines)) * 0.0022));
  }, { passive: false });
}

// What is shown, in the light palette, ready for a paper.
function saveFigure() {
  const { clientWidth: width, clientHeight: height } = treePen.canvas, pen = new SvgPen(width, height);
  readPalette("light");
  paintTree(pen, width, height);
  readPalette();
  saveText(pen.text(), `${data.run.id}-tree.svg`, "image/svg+xml");
}
