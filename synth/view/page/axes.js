// Axes of the two charts: where a value stands, and ticks at round numbers.
const MARGIN = { left: 34, right: 12, top: 8, bottom: 20 };

function scale(low, high, from, to) {
  const span = high - low || 1;
  return (value) => from + ((value - low) / span) * (to - from);
}

function ticks(high, most) {
  if (!(high > 0)) return [0];
  const raw = high / Math.max(1, most), power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw);
  return Array.from({ length: Math.floor(high / step + 1e-9) + 1 }, (_, i) => i * step);
}

function shortNumber(value) {
  if (value >= 1e6) return `${+(value / 1e6).toPrecision(3)}M`;
  if (value >= 1e4) return `${+(value / 1e3).toPrecision(3)}k`;
  return `${+value.toPrecision(4)}`;
}

function bottomAxis(pen, high, x, width, height) {
  for (const tick of ticks(high, Math.max(2, (width - 60) / 70))) {
    pen.strokes([[x(tick), height - MARGIN.bottom, x(tick), height - MARGIN.bottom + 3]], palette.edge, 1);
    pen.write(shortNumber(tick), x(tick), height - MARGIN.bottom + 12, palette.muted, 10.5);
  }
  pen.strokes([[MARGIN.left, height - MARGIN.bottom, width - MARGIN.right, height - MARGIN.bottom]], palette.edge, 1);
}

function localPoint(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}
