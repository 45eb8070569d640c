// A tidy tree: siblings one apart, parents over the middle of their children, equal subtrees drawn
// alike, a drawing and its mirror image laid out alike (Reingold and Tilford 1981). Subtrees are
// packed by their contours; the mean of packing from the left and from the right is symmetric and
// still keeps its distances (Kennedy 1996, "Drawing Trees"). Linear time: merging two contours
// costs the lower height. No recursion, so a chain of 10,000 nodes is fine.

// x of each node, given lists of children by id; parents have lower ids than their children.
function tidy(children) {
  const mirrored = children.map((list) => list.toReversed());
  const left = packed(children, 1), right = packed(mirrored, 1);
  return left.map((x, id) => (x - right[id]) / 2);
}

function packed(children, gap) {
  const offset = new Float64Array(children.length), contours = new Array(children.length);
  for (let id = children.length - 1; id >= 0; id--) contours[id] = contour(children[id], contours, offset, gap);
  const x = new Float64Array(children.length);
  for (let id = 0; id < children.length; id++) for (const child of children[id]) x[child] = x[id] + offset[child];
  return x;
}

// The outline of a node over its packed children, seen from the node: leftmost and rightmost x at
// each depth, deepest first so that a new top is a push; `shift` is added to all of them.
function contour(list, contours, offset, gap) {
  let forest = null;
  for (const child of list) {
    const own = contours[child];
    contours[child] = null;
    if (!forest) {
      offset[child] = 0;
      forest = own;
      continue;
    }
    let move = -Infinity;
    const shared = Math.min(forest.left.length, own.left.length);
    for (let depth = 1; depth <= shared; depth++) {
      const apart = forest.right.at(-depth) + forest.shift + gap - own.left.at(-depth) - own.shift;
      if (apart > move) move = apart;
    }
    offset[child] = move;
    own.shift += move;
    forest = merged(forest, own, shared);
  }
  if (!forest) return { left: [0], right: [0], shift: 0 };
  const middle = (offset[list[0]] + offset[list[list.length - 1]]) / 2;
  for (const child of list) offset[child] -= middle;
  forest.shift -= middle;
  forest.left.push(-forest.shift);
  forest.right.push(-forest.shift);
  return forest;
}

function merged(forest, own, shared) {
  const [kept, side, other] = own.left.length <= forest.left.length
    ? [forest, "right", own] : [own, "left", forest];
  const target = kept[side], source = other[side];
  for (let depth = 1; depth <= shared; depth++) {
    target[target.length - depth] = source[source.length - depth] + other.shift - kept.shift;
  }
  return kept;
}
