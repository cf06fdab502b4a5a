// Where a text stops being JSON. JSON.parse says that it is none, but often not where.

const TOKEN =
  // oxlint-disable-next-line no-control-regex -- JSON strings hold no control characters
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;

type Expect = "value" | "value or end" | "key" | "key or end" | "colon" | "comma or end";

/** Line and column, from 1, of the first character that cannot stand where it stands. */
export function jsonPosition(text: string): { readonly line: number; readonly column: number } {
  const offset = firstUnexpected(text);
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

function firstUnexpected(text: string): number {
  const open: string[] = [];
  let expect: Expect = "value";
  let at = 0;
  const start = (): number => at + (/^[ \t\r\n]*/.exec(text.slice(at, at + 1000))?.[0].length ?? 0);
  for (;;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) return start();
    const next = following(expect, match[1] ?? (match[2] === undefined ? "scalar" : "string"), open);
    if (next === null) return start();
    expect = next;
    at = TOKEN.lastIndex;
    if (open.length === 0) return start();
  }
}

/** What may follow this token, or null when it may not stand here. Keeps `open` in step. */
function following(expect: Expect, token: string, open: string[]): Expect | null {
  const wantsValue = expect === "value" || expect === "value or end";
  const wantsKey = expect === "key" || expect === "key or end";
  switch (token) {
    case "{":
      return wantsValue ? (open.push("}"), "key or end") : null;
    case "[":
      return wantsValue ? (open.push("]"), "value or end") : null;
    case "}":
    case "]":
      return expect.endsWith("end") && open.at(-1) === token ? (open.pop(), "comma or end") : null;
    case ",":
      return expect === "comma or end" ? (open.at(-1) === "}" ? "key" : "value") : null;
    case ":":
      return expect === "colon" ? "value" : null;
    case "string":
      return wantsKey ? "colon" : wantsValue ? "comma or end" : null;
    default:
      return wantsValue ? "comma or end" : null;
  }
}
