// Colours come from the style sheet, so that the figures follow the theme; a node's meaning never
// hangs on colour alone (shape says verified, failed, repeated, under way).
const palette = {};

function readPalette(theme) {
  const root = document.documentElement, shown = root.dataset.theme;
  if (theme) root.dataset.theme = theme;
  const style = getComputedStyle(root), found = {};
  for (const name of ["bg", "panel", "ink", "muted", "rule", "edge", "accent", "good", "bad", "warn",
    "outline", "verify", "model", "v0", "v1", "v2", "v3", "v4", "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"]) {
    found[name] = style.getPropertyValue(`--${name}`).trim();
  }
  if (theme) root.dataset.theme = shown;
  found.ramp = Array.from({ length: 33 }, (_, step) => mixed(found, step / 32));
  Object.assign(palette, found);
}

function mixed(colours, value) {
  const place = Math.min(3.9999, Math.max(0, value) * 4), low = Math.floor(place);
  const [a, b] = [channels(colours[`v${low}`]), channels(colours[`v${low + 1}`])];
  return `rgb(${a.map((part, i) => Math.round(part + (b[i] - part) * (place - low))).join(",")})`;
}

function channels(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

const colouring = { by: "value", classes: [] };

function classify() {
  const kind = colouring.by;
  if (kind === "value") return;
  const counts = new Map();
  for (const node of data.nodes) {
    if (node.id !== 0) counts.set(classOf(node), (counts.get(classOf(node)) ?? 0) + 1);
  }
  counts.delete(null);
  colouring.classes = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
}

function classOf(node) {
  if (colouring.by === "behaviour") return node.behaviour >= 0 ? `class ${node.behaviour}` : null;
  return node[colouring.by] ?? null;
}

function fillOf(node) {
  if (colouring.by === "value") return node.verified ? palette.good : palette.ramp[Math.round(node.value * 32)];
  const place = colouring.classes.indexOf(classOf(node));
  return place < 0 ? palette.v0 : palette[`c${Math.min(place, 7)}`];
}

// Black or white, whichever stands out more on `colour` (relative luminance of WCAG 2).
function inkOn(colour) {
  const [r, g, b] = (colour.startsWith("#") ? channels(colour) : colour.match(/\d+/g).map(Number))
    .map((part) => part / 255).map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
}
