// Paragraphs, code and emphasis of a text as nodes. What a model says is only ever text of a node, never markup.

const INLINE = /(`[^`\n]+`|\*\*[^*\n]+\*\*|\*[^*\s][^*\n]*\*)/;

/** The nodes of a text. */
export function nodesOf(text) {
  const nodes = [];
  // Blocks of code; the last may not be closed yet.
  for (const [i, block] of text.split(/^```/m).entries()) {
    if (i % 2) {
      const code = document.createElement("code");
      code.textContent = block.replace(/^[^\n]*\n?/, "").replace(/\n$/, "");
      const pre = document.createElement("pre");
      pre.append(code);
      nodes.push(pre);
    } else {
      nodes.push(...block.split(/\n{2,}/).filter((part) => part.trim()).map(paragraph));
    }
  }
  return nodes;
}

function paragraph(text) {
  const heading = /^(#{1,6}) +([^\n]+)$/.exec(text.trim());
  const node = document.createElement(heading ? "h3" : "p");
  for (const part of (heading ? heading[2] : text.replace(/^\n+|\n+$/g, "")).split(INLINE)) {
    const [tag, inner] =
      part.length > 2 && part.startsWith("`") ? ["code", part.slice(1, -1)]
      : part.length > 4 && part.startsWith("**") ? ["strong", part.slice(2, -2)]
      : part.length > 2 && INLINE.test(part) ? ["em", part.slice(1, -1)]
      : [null, part];
    if (tag === null) node.append(inner);
    else {
      const child = document.createElement(tag);
      child.textContent = inner;
      node.append(child);
    }
  }
  return node;
}
