// A light look at the text, to say where an offence stands and how long it is.
// INVARIANT: nothing here takes part in a decision. PostgreSQL's own grammar decides; this only draws the underline.

export interface Token {
  /** Offsets into the text in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly kind: "word" | "string" | "number" | "operator";
}

const SKIP = /\s+|--[^\n\r]*/y;
const QUOTED = /(?:[eE]'(?:[^'\\]|\\[^]|'')*'|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*')/y;
const IDENTIFIER = /(?:[uU]&)?"(?:[^"]|"")*"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const DOLLAR = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const NUMBER = /\$?\d[\w.]*/y;
const OPERATOR = /::|:=|[-+*/<>=~!@#%^&|`?]+|[^]/y;

function at(pattern: RegExp, text: string, index: number): number {
  pattern.lastIndex = index;
  return pattern.test(text) ? pattern.lastIndex : index;
}

/** Comments nest in PostgreSQL. */
function afterComment(text: string, from: number): number {
  let depth = 0;
  let i = from;
  while (i < text.length) {
    if (text.startsWith("/*", i)) depth++;
    else if (text.startsWith("*/", i)) depth--;
    else {
      i++;
      continue;
    }
    i += 2;
    if (depth === 0) return i;
  }
  return text.length;
}

/** The end of an operator token: it stops before a comment. */
function operatorEnd(text: string, start: number): number {
  const end = at(OPERATOR, text, start);
  for (let i = start + 1; i < end; i++) if (text.startsWith("/*", i) || text.startsWith("--", i)) return i;
  return end;
}

export function nextToken(text: string, from: number): Token | null {
  let start = from;
  for (;;) {
    const next = text.startsWith("/*", start) ? afterComment(text, start) : at(SKIP, text, start);
    if (next === start) break;
    start = next;
  }
  if (start >= text.length) return null;
  let end = at(QUOTED, text, start);
  if (end > start) return { start, end, kind: "string" };
  end = at(IDENTIFIER, text, start);
  if (end > start) return { start, end, kind: "word" };
  const opened = at(DOLLAR, text, start);
  if (opened > start) {
    const closed = text.indexOf(text.slice(start, opened), opened);
    return { start, end: closed < 0 ? text.length : closed + opened - start, kind: "string" };
  }
  end = at(NUMBER, text, start);
  if (end > start) return { start, end, kind: "number" };
  return { start, end: operatorEnd(text, start), kind: "operator" };
}

/** The token at `from`, and where it begins a dotted name, the whole name. */
export function extentAt(text: string, from: number): Token | null {
  const first = nextToken(text, from);
  if (first?.kind !== "word") return first;
  let { end } = first;
  for (;;) {
    const dot = nextToken(text, end);
    if (dot === null || text.slice(dot.start, dot.end) !== ".") break;
    const name = nextToken(text, dot.end);
    if (name?.kind !== "word") break;
    end = name.end;
  }
  return { ...first, end };
}

/** Where the words of a locking clause stand: the tree keeps no place for them. */
export function lockingClauses(text: string): readonly Token[] {
  const found: Token[] = [];
  let before: Token | null = null;
  for (let token = nextToken(text, 0); token !== null; token = nextToken(text, token.end)) {
    const word = text.slice(token.start, token.end).toLowerCase();
    const opens = before !== null && text.slice(before.start, before.end).toLowerCase() === "for";
    if (opens && before !== null && ["update", "share", "no", "key"].includes(word))
      found.push({ start: before.start, end: token.end, kind: "word" });
    before = token;
  }
  return found;
}

/** The last place of a keyword before `before`: nodes of a write keep the place of their table only. */
export function keywordBefore(text: string, keyword: string, before: number): Token | null {
  let found: Token | null = null;
  for (let token = nextToken(text, 0); token !== null && token.start < before; token = nextToken(text, token.end))
    if (token.kind === "word" && text.slice(token.start, token.end).toLowerCase() === keyword) found = token;
  return found;
}
