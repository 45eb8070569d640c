// Programs as coloured text: enough of Python's lexical grammar to read well, spans of plain text.
const WORDS = new Set(("and as assert async await break case class continue def del elif else except finally for from " +
  "global if import in is lambda match nonlocal not or pass raise return try while with yield None True False").split(" "));
const LEXEMES = new RegExp([
  /(?<c>#[^\n]*)/, /(?<q>\b[rbfuRBFU]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)|"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)/,
  /(?<d>\b(?:0[xXbBoO][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?[jJ]?)\b)/, /(?<w>[\p{L}_][\p{L}\p{N}_]*)/,
].map((part) => part.source).join("|"), "gu");

// Lines of [class, text] pieces.
function lexed(source, language) {
  const lines = [[]];
  const put = (kind, words) => words.split("\n").forEach((part, i) => {
    if (i) lines.push([]);
    if (part) lines.at(-1).push([kind, part]);
  });
  if (language !== "python" || source.length > 200000) {
    put("", source);
    return lines;
  }
  let last = 0, named = false;
  for (const match of source.matchAll(LEXEMES)) {
    put("", source.slice(last, match.index));
    const { c, q, d, w } = match.groups, words = match[0];
    if (c || q || d) put(c ? "c" : q ? "q" : "d", words);
    else put(WORDS.has(w) ? "k" : named ? "f" : "", words);
    named = w === "def" || w === "class";
    last = match.index + words.length;
  }
  put("", source.slice(last));
  return lines;
}

function pieces(line) {
  return line.map(([kind, words]) => (kind ? el("span", { class: kind }, words) : words));
}

// A program with line numbers; `marks` maps a line to what went wrong there.
function codeBlock(source, { language = data.run.problem.language, marks = new Map(), label = "Program", numbers = true } = {}) {
  const lines = lexed(source.replace(/\n+$/, ""), language);
  const rows = lines.flatMap((line, i) => {
    const wrong = marks.get(i + 1), cells = [];
    if (numbers) cells.push(el("span", { class: `n${wrong ? " mark" : ""}` }, `${i + 1}`));
    else cells.push(el("span", { class: "n" }));
    cells.push(el("span", { class: `t${wrong ? " mark" : ""}` }, pieces(line), line.length ? null : " "));
    if (wrong) cells.push(el("span", { class: "why" }, wrong.join("; ")));
    return cells;
  });
  return el("div", { class: "code", tabindex: "0", role: "group", "aria-label": label }, el("div", { class: "lines" }, rows));
}

// Text in which ``` fences hold code.
function prose(words) {
  const parts = words.split(/^```[ \t]*(\w*)[^\n]*\n([\s\S]*?)^```[ \t]*$\n?/m), made = [];
  for (let i = 0; i < parts.length; i += 3) {
    if (parts[i].trim()) made.push(el("div", { class: "say" }, parts[i].replace(/^\n+|\s+$/g, "")));
    if (i + 2 < parts.length) made.push(codeBlock(parts[i + 2], { language: parts[i + 1] || "python", label: "Code", numbers: false }));
  }
  return made;
}
