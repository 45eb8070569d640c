// Two pens of one vocabulary, so that what is drawn on the screen can be saved as an SVG figure.

class CanvasPen {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
  }

  begin() {
    const { clientWidth: width, clientHeight: height } = this.canvas, ratio = devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, width, height);
    this.context.lineCap = "round";
    this.context.lineJoin = "round";
  }

  fade(alpha) {
    this.context.globalAlpha = alpha;
  }

  // Lines through points [x, y, x, y, ...]; with `curved`, cubic curves [x1, y1, two controls, x2, y2].
  strokes(list, colour, width = 1, dash = [], curved = false) {
    const c = this.context;
    c.beginPath();
    for (const s of list) {
      c.moveTo(s[0], s[1]);
      if (curved) c.bezierCurveTo(s[2], s[3], s[4], s[5], s[6], s[7]);
      else for (let i = 2; i < s.length; i += 2) c.lineTo(s[i], s[i + 1]);
    }
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.setLineDash(dash);
    c.stroke();
  }

  circle(x, y, radius, fill, colour, width = 1, dash = []) {
    const c = this.context;
    c.beginPath();
    c.arc(x, y, radius, 0, 2 * Math.PI);
    if (fill) {
      c.fillStyle = fill;
      c.fill();
    }
    if (colour) {
      c.strokeStyle = colour;
      c.lineWidth = width;
      c.setLineDash(dash);
      c.stroke();
    }
  }

  box(x, y, width, height, fill) {
    this.context.fillStyle = fill;
    this.context.fillRect(x, y, width, height);
  }

  // Text on one line; `halo` keeps it readable over lines.
  write(words, x, y, colour, size = 11, align = "center", weight = 400, halo = null) {
    const c = this.context;
    c.font = `${weight} ${size}px ${fontOfPage}`;
    c.textAlign = align;
    c.textBaseline = "middle";
    if (halo) {
      c.strokeStyle = halo;
      c.lineWidth = 3;
      c.setLineDash([]);
      c.strokeText(words, x, y);
    }
    c.fillStyle = colour;
    c.fillText(words, x, y);
  }
}

const fontOfPage = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Inter, Arial, sans-serif';

class SvgPen {
  constructor(width, height) {
    this.document = document.implementation.createDocument("http://www.w3.org/2000/svg", "svg");
    this.root = this.document.documentElement;
    this.alpha = 1;
    this.set(this.root, { viewBox: `0 0 ${width} ${height}`, width, height, "font-family": "Helvetica, Arial, sans-serif" });
  }

  set(element, attributes) {
    for (const [name, value] of Object.entries(attributes)) if (value !== "") element.setAttribute(name, value);
    return element;
  }

  add(tag, attributes) {
    const element = this.document.createElementNS("http://www.w3.org/2000/svg", tag);
    if (this.alpha < 1) attributes.opacity = this.alpha;
    this.root.append(this.set(element, attributes));
    return element;
  }

  fade(alpha) {
    this.alpha = alpha;
  }

  strokes(list, colour, width = 1, dash = [], curved = false) {
    if (!list.length) return;
    const f = (v) => Math.round(v * 100) / 100;
    const d = list.map((s) => {
      const points = Array.from({ length: s.length / 2 - 1 }, (_, i) => `${f(s[2 * i + 2])},${f(s[2 * i + 3])}`);
      return `M${f(s[0])},${f(s[1])}${curved ? "C" : "L"}${points.join(" ")}`;
    }).join("");
    this.add("path", { d, fill: "none", stroke: colour, "stroke-width": width, "stroke-linecap": "round", "stroke-linejoin": "round", "stroke-dasharray": dash.join(" ") });
  }

  circle(x, y, radius, fill, colour, width = 1, dash = []) {
    const f = (v) => Math.round(v * 100) / 100;
    this.add("circle", { cx: f(x), cy: f(y), r: f(radius), fill: fill || "none", stroke: colour || "none", "stroke-width": width, "stroke-dasharray": dash.join(" ") });
  }

  box(x, y, width, height, fill) {
    this.add("rect", { x, y, width, height, fill });
  }

  write(words, x, y, colour, size = 11, align = "center", weight = 400, halo = null) {
    const anchor = { center: "middle", left: "start", right: "end" }[align];
    this.add("text", { x, y, fill: colour, "font-size": size, "font-weight": weight, "text-anchor": anchor, "dominant-baseline": "central", ...(halo ? { stroke: halo, "stroke-width": 3, "paint-order": "stroke" } : {}) }).textContent = words;
  }

  text() {
    return new XMLSerializer().serializeToString(this.document);
  }
}

function saveText(words, name, type) {
  const link = el("a", { href: URL.createObjectURL(new Blob([words], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// Draw at the next frame, once, however often it is asked for.
function painter(draw) {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      draw();
    });
  };
}
