// Two programs compared by lines: a longest common subsequence (Wagner and Fischer 1974) after the
// common beginning and end are set aside.

// Rows [sign, line number before, after, text]; sign " ", "-" or "+".
function lineDiff(before, after) {
  const a = before.replace(/\n+$/, "").split("\n"), b = after.replace(/\n+$/, "").split("\n");
  let head = 0, tail = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const rows = a.slice(0, head).map((line, i) => [" ", i + 1, i + 1, line]);
  rows.push(...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail), head));
  for (let i = tail; i > 0; i--) rows.push([" ", a.length - i + 1, b.length - i + 1, a[a.length - i]]);
  return rows;
}

function middle(a, b, head) {
  const width = b.length + 1, rows = [];
  let i = 0, j = 0;
  const gone = () => rows.push(["-", head + ++i, null, a[i - 1]]);
  const come = () => rows.push(["+", null, head + ++j, b[j - 1]]);
  if (a.length * b.length <= 4e6) {
    const longest = new Uint16Array((a.length + 1) * width);
    for (let p = a.length - 1; p >= 0; p--) {
      for (let q = b.length - 1; q >= 0; q--) {
        longest[p * width + q] = a[p] === b[q] ? longest[(p + 1) * width + q + 1] + 1
          : Math.max(longest[(p + 1) * width + q], longest[p * width + q + 1]);
      }
    }
    while (i < a.length && j < b.length) {
      if (a[i] === b[j]) rows.push([" ", head + ++i, head + ++j, a[i - 1]]);
      else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) gone();
      else come();
    }
  }
  while (i < a.length) gone();
  while (j < b.length) come();
  return rows;
}

// A changed line beside its other half: what lies between their common beginning and end is bold.
function emphasised(line, other) {
  if (other === undefined) return [line];
  let head = 0, tail = 0;
  while (head < line.length && head < other.length && line[head] === other[head]) head++;
  while (tail < line.length - head && tail < other.length - head && line[line.length - 1 - tail] === other[other.length - 1 - tail]) tail++;
  if (head + tail < line.length * 0.3) return [line];
  return [line.slice(0, head), el("b", {}, line.slice(head, line.length - tail)), line.slice(line.length - tail)];
}

function diffBlock(before, after, label) {
  const rows = lineDiff(before, after), cells = [], CONTEXT = 3;
  const near = rows.map((_, i) => rows.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some(([sign]) => sign !== " "));
  const partner = new Map();
  for (let i = 0; i < rows.length; ) {
    let end = i;
    while (end < rows.length && rows[end][0] !== " ") end++;
    const gone = [], come = [];
    for (let p = i; p < end; p++) (rows[p][0] === "-" ? gone : come).push(p);
    if (gone.length === come.length) gone.forEach((p, at) => partner.set(p, come[at]).set(come[at], p));
    i = end + 1;
  }
  for (let i = 0; i < rows.length; i++) {
    let far = i;
    while (far < rows.length && !near[far]) far++;
    if (far - i > 2) {
      cells.push(el("span", { class: "skip-lines" }, `${far - i} lines as before`));
      i = far - 1;
      continue;
    }
    const [sign, old, now, line] = rows[i], kind = { "+": " add", "-": " del", " ": "" }[sign];
    const parts = partner.has(i) ? emphasised(line, rows[partner.get(i)][3]) : [line];
    cells.push(el("span", { class: `n${kind}` }, old ?? ""), el("span", { class: `n${kind}` }, now ?? ""),
      el("span", { class: `s${kind}` }, sign === " " ? " " : sign, el("span", { class: "sr" }, { "+": "added", "-": "removed", " ": "" }[sign])),
      el("span", { class: `t${kind}` }, parts, line ? null : " "));
  }
  return el("div", { class: "code diff", tabindex: "0", role: "group", "aria-label": label }, el("div", { class: "lines" }, cells));
}
