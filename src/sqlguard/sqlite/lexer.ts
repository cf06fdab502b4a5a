// SQLite's tokens (its documentation, "How SQLite Parses"): to find a second statement, which the engine would drop without a word, and to say
// where an offence stands. What a statement does, the engine itself decides.

export interface Token {
  readonly kind: "word" | "name" | "string" | "number" | "parameter" | "operator";
  /** UTF-16 offsets into the text. */
  readonly start: number;
  readonly end: number;
  /** Words and names in lower case, without quotes; the rest as written. */
  readonly value: string;
}

const SKIP = /(?:[ \t\n\f\r]+|--[^\n]*|\/\*[^]*?(?:\*\/|$))+/y;
/** INVARIANT: what is not closed goes to the end (the engine refuses it): nothing is looked through a second time, so 16 KiB of [ cost nothing. */
const STRING = /[xX]?'(?:[^']|'')*(?:'|$)/y;
const NAME = /"(?:[^"]|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$)|\[[^\]]*(?:\]|$)/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /(?:0[xX][0-9a-fA-F]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y;
const PARAMETER = /\?\d*|[@#:$][\w$:\u0080-\uffff]*/y;

export function lex(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const matched = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? "";
  };
  while (at < text.length) {
    at += matched(SKIP).length;
    if (at >= text.length) break;
    const found = (
      [
        ["string", STRING],
        ["name", NAME],
        ["word", WORD],
        ["number", NUMBER],
        ["parameter", PARAMETER],
      ] as const
    ).find(([, pattern]) => matched(pattern) !== "");
    const kind = found?.[0] ?? "operator";
    const written = found === undefined ? (text[at] ?? "") : matched(found[1]);
    tokens.push({ kind, start: at, end: at + written.length, value: valueOf(kind, written) });
    at += written.length;
  }
  return tokens;
}

function valueOf(kind: Token["kind"], written: string): string {
  if (kind === "word") return written.toLowerCase();
  return kind === "name" ? written.slice(1, -1).toLowerCase() : written;
}
