// What the parts of the page share: the selected and hovered node, what a search found, the theme.
const app = { selected: 0, hovered: null, matches: null, tab: "program", watchers: {} };
const byId = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 800px)");

function on(event, react) {
  (app.watchers[event] ??= []).push(react);
}

function tell(event, value) {
  for (const react of app.watchers[event] ?? []) react(value);
}

function select(id, options = {}) {
  if (!data.nodes[id]) return;
  app.selected = id;
  tell("select", options);
  announce(summary(data.nodes[id]));
  remember();
}

function hover(id) {
  if (app.hovered === id) return;
  app.hovered = id;
  tell("hover");
}

function announce(words) {
  byId("live").textContent = words;
}

// The address holds what is looked at, so that a link or a reload comes back to it.
function remember() {
  try {
    history.replaceState(null, "", `#${app.selected}/${app.tab}`);
  } catch { /* a page in a frame may not */ }
}

function recall() {
  const [id, tab] = location.hash.slice(1).split("/");
  if (tab) app.tab = tab;
  return /^\d+$/.test(id) && data.nodes[+id] ? +id : null;
}

// Elements are made of text alone: nothing of a run is ever read as markup.
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined).map((child) =>
    child instanceof Node ? child : String(child)));
  return element;
}

function nodeLink(id, label) {
  return el("button", { type: "button", class: "link", onclick: () => select(id, { reveal: true }) }, label ?? `${id}`);
}

function moveAmongTabs(list) {
  list.addEventListener("keydown", (event) => {
    const tabs = [...list.querySelectorAll("[role=tab]")].filter((tab) => tab.offsetParent);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = tabs.indexOf(document.activeElement);
    if (!step || at < 0) return;
    const next = tabs[(at + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
    event.preventDefault();
    event.stopPropagation();
  });
}

function showTip(words, x, y) {
  const tip = byId("tip");
  tip.hidden = !words;
  if (!words) return;
  tip.textContent = words;
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(innerWidth - width - 4, x + 14))}px`;
  tip.style.top = `${y + 18 + height > innerHeight ? y - height - 10 : y + 18}px`;
}
