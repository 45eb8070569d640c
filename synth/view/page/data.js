// The run: rows by id, grown by `merge`. Texts and outcomes are held once and referred to by place.
const data = {
  run: null, live: null, state: {}, nodes: [], calls: [], texts: [], outcomes: [],
  revision: -1, children: [], depth: [], told: [], best: [], callsOf: new Map(), nodesOf: new Map(),
};

function merge(part) {
  if (part.run) data.run = part.run;
  if (part.live) data.live = part.live;
  data.state = part.state;
  data.revision = part.revision;
  for (const text of part.texts) data.texts.push(text);
  for (const row of part.outcomes) data.outcomes.push(row);
  for (const call of part.calls) {
    if (!data.calls[call.id]) push(data.callsOf, call.expansion, call.id);
    data.calls[call.id] = call;
  }
  for (const node of part.nodes) {
    if (!data.nodes[node.id]) {
      data.children[node.id] = [];
      if (node.id === 0) data.depth[0] = 0;
      else {
        data.children[node.parents[0]].push(node.id);
        data.depth[node.id] = data.depth[node.parents[0]] + 1;
        push(data.nodesOf, node.expansion, node.id);
      }
    }
    if (node.state === "done" && node.program === null) node.state = "failed"; // for people it is
    data.nodes[node.id] = node;
  }
  data.told = data.nodes.filter((node) => node.order >= 0).sort((a, b) => a.order - b.order);
  data.best = bestSoFar(data.told);
}

function push(map, key, value) {
  if (map.has(key)) map.get(key).push(value);
  else map.set(key, [value]);
}

// Told nodes that were better than all before them, in order: verified first, then by value.
function bestSoFar(told) {
  const steps = [];
  let best = null;
  for (const node of told) {
    if (node.state !== "done") continue;
    if (!best || rank(node) > rank(best)) {
      best = node;
      steps.push(node);
    }
  }
  return steps;
}

function rank(node) {
  return 2 * node.solved + node.verified + node.value;
}

function lineage(id) {
  const path = [id];
  while (path[0] !== 0) path.unshift(data.nodes[path[0]].parents[0]);
  return path;
}

function text(place) {
  return place === null || place === undefined ? "" : data.texts[place];
}

// One or two words on what became of a node.
function standing(node) {
  if (node.id === 0) return "the problem";
  if (node.state !== "done") {
    return { failed: "no program", open: "under way", cancelled: "cancelled" }[node.state];
  }
  return node.verified ? "verified" : node.value.toFixed(2);
}

function summary(node) {
  if (node.id === 0) return `Problem ${data.run.problem.id}`;
  const parts = [`Node ${node.id}, ${node.action} of ${node.parents.join(" and ")}`, standing(node)];
  if (node.verdict) parts.push(node.verdict.evidence);
  if (node.twin !== null && node.twin !== undefined) parts.push(`same program as ${node.twin}`);
  const failed = firstFailure(node);
  if (failed) parts.push(failed);
  else if (node.error) parts.push(shorten(node.error, 120));
  return parts.join("; ");
}

function firstFailure(node) {
  if (!node.verdict) return "";
  for (const place of node.verdict.outcomes) {
    const [, name, status, , , , error, , gates] = data.outcomes[place];
    if (gates && status !== "passed") return shorten(`${status}: ${name}${error ? ` (${error})` : ""}`, 120);
  }
  return "";
}

function shorten(words, most) {
  return words.length > most ? `${words.slice(0, most - 1)}…` : words;
}

function seconds(value) {
  if (value > 0 && value < 0.1) return `${+(value * 1000).toPrecision(2)} ms`;
  if (value < 10) return `${value.toFixed(2)} s`;
  if (value < 120) return `${value.toFixed(1)} s`;
  if (value < 7200) return `${(value / 60).toFixed(1)} min`;
  return `${(value / 3600).toFixed(1)} h`;
}

function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
