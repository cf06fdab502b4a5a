// The server's own way to cut a text into tokens, for the session that session.ts pins: sql_mode without ANSI_QUOTES, NO_BACKSLASH_ESCAPES
// and IGNORE_SPACE, character set utf8mb4. What servers and tools cut differently is refused instead of guessed.
// INVARIANT: this decides where a token begins and ends. The parsers only ever see the tokens in a spelling of ours (respell/).

import type { Rule } from "../refusal.ts";

export type TokenKind = "word" | "name" | "string" | "number" | "variable" | "operator";

export interface Token {
  readonly kind: TokenKind;
  /** UTF-16 offsets into the text. */
  readonly start: number;
  readonly end: number;
  /** What a token is compared by: words with ASCII letters in upper case, names without their quotes, variables without @@, all else as written. */
  readonly value: string;
  /** What it is called where it stands for a name. */
  readonly name: string;
}

/** Something in the text itself that is refused, at UTF-16 offsets. */
export interface Flaw {
  readonly rule: Rule;
  readonly start: number;
  readonly end: number;
  readonly says?: string;
  readonly instead?: string;
}

export interface Lexed {
  readonly tokens: readonly Token[];
  readonly flaws: readonly Flaw[];
}

const SPACE = /[ \t\r\n]+/y;
/** Unquoted names are of these: the server takes no character beyond the basic plane there. */
const WORD = /[A-Za-z0-9_$\u0080-\ud7ff\ue000-\uffff]+/y;
/** A number that is one to the server, and no beginning of a name. */
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const HEX = /0x[0-9a-fA-F]+|0b[01]+/y;
const OPERATORS = ["<=>", "->>", "<<", ">>", "<=", ">=", "<>", "!=", "&&", "||", "->"] as const;
const SINGLE = "()+-*/%,.;=<>!~^&|";
/** A character set before a string (`_utf8mb4'x'`). Only how the bytes are named changes: the server looks for the closing quote in utf8mb4. */
const INTRODUCERS: ReadonlySet<string> = new Set(
  "_ARMSCII8 _ASCII _BIG5 _BINARY _CP1250 _CP1251 _CP1256 _CP1257 _CP850 _CP852 _CP866 _CP932 _DEC8 _EUCJPMS _EUCKR _GB18030 _GB2312 _GBK _GEOSTD8 _GREEK _HEBREW _HP8 _KEYBCS2 _KOI8R _KOI8U _LATIN1 _LATIN2 _LATIN5 _LATIN7 _MACCE _MACROMAN _SJIS _SWE7 _TIS620 _UCS2 _UJIS _UTF16 _UTF16LE _UTF32 _UTF8 _UTF8MB3 _UTF8MB4".split(
    " ",
  ),
);

function matched(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

/** The end of a quoted text that opens at `start`, behind its closing quote; null when there is none. Doubled quotes are one. */
function closing(text: string, start: number, escapes: boolean): number | null {
  const quote = text[start];
  for (let i = start + 1; i < text.length; i++) {
    if (escapes && text[i] === "\\") i++;
    else if (text[i] === quote) {
      if (text[i + 1] !== quote) return i + 1;
      i++;
    }
  }
  return null;
}

const AMBIGUOUS = "text.ambiguous" satisfies Rule;

export function lex(text: string): Lexed {
  const tokens: Token[] = [];
  const flaws: Flaw[] = [];
  const flaw = (rule: Rule, start: number, end: number, says?: string, instead?: string): void => {
    flaws.push({
      rule,
      start,
      end,
      ...(says === undefined ? {} : { says }),
      ...(instead === undefined ? {} : { instead }),
    });
  };
  const unfinished = (start: number, what: string): void =>
    flaw("syntax", start, start + 1, `${what} is opened here and not closed.`);
  const push = (kind: TokenKind, start: number, end: number, value: string, name = value): void => {
    tokens.push({ kind, start, end, value, name });
  };
  const touches = (start: number): Token | null => {
    const last = tokens.at(-1);
    return last !== undefined && last.end === start ? last : null;
  };

  /** A string is one with the string before it, unless it has a prefix. */
  const pushString = (start: number, end: number): void => {
    const last = /['"]/.test(text[start] ?? "") && tokens.at(-1)?.kind === "string" ? tokens.pop() : undefined;
    const from = last?.start ?? start;
    push("string", from, end, text.slice(from, end));
  };

  let at = 0;
  while (at < text.length) {
    const space = matched(SPACE, text, at);
    if (space !== "") {
      at += space.length;
      continue;
    }
    const here = text[at] ?? "";
    const start = at;
    if (here === "#" || (here === "-" && text[at + 1] === "-")) {
      // The server wants a space after --, most tools do not; and only LF ends the comment for all of them.
      if (here === "-" && !/^[ \t\r\n]?$/.test(text[at + 2] ?? ""))
        flaw(
          AMBIGUOUS,
          at,
          at + 2,
          "Without a space after it, -- is two minus signs to the server and a comment to other readers.",
          "Write -- with a space, or - (-…).",
        );
      const newline = text.indexOf("\n", at);
      const end = newline < 0 ? text.length : newline + 1;
      const comment = text.slice(at, end).replace(/\r?\n$/, "");
      if (comment.includes("\r"))
        flaw(
          AMBIGUOUS,
          at + comment.indexOf("\r"),
          at + comment.indexOf("\r") + 1,
          "A comment ends at a line feed for the server, at a carriage return for other readers.",
          "End the line with a line feed.",
        );
      at = end;
      continue;
    }
    if (here === "/" && text[at + 1] === "*") {
      const close = text.indexOf("*/", at + 2);
      const end = close < 0 ? text.length : close + 2;
      if (/^\/\*M?!/.test(text.slice(at, at + 4))) flaw("text.executable_comment", at, end);
      else if (text[at + 2] === "+") flaw("text.hint", at, end);
      else if (close < 0) unfinished(at, "A comment");
      else if (text.slice(at + 2, close).includes("/*"))
        flaw(
          AMBIGUOUS,
          at,
          end,
          "Comments do not nest here: this one ends at the first */.",
          "Leave the inner comment out.",
        );
      at = end;
      continue;
    }
    if (here === "'" || here === '"' || here === "`") {
      const end = closing(text, at, here !== "`");
      if (end === null) {
        unfinished(at, here === "`" ? "A quoted name" : "A string");
        break;
      }
      if (here !== "`" && closing(text, at, false) !== end)
        flaw(
          AMBIGUOUS,
          at,
          end,
          "Whether the backslash here belongs to the quote after it depends on the server's mode.",
          "Write a quote inside of a string twice.",
        );
      const before = touches(at);
      if (here === "`") {
        if (before?.kind === "word" || before?.kind === "name" || before?.kind === "number")
          flaw(AMBIGUOUS, at, end, "A quoted name begins directly after a name or number.", "Put a space before it.");
        push("name", at, end, text.slice(at + 1, end - 1).replaceAll("``", "`"));
      } else if (before?.kind === "word") {
        tokens.pop();
        if ((here === "'" && /^[NXB]$/.test(before.value)) || INTRODUCERS.has(before.value))
          pushString(before.start, end);
        else {
          flaw(AMBIGUOUS, before.start, end, "A string begins directly after a word.", "Put a space before it.");
          pushString(at, end);
        }
      } else if (before?.kind === "number" || before?.kind === "name") {
        flaw(
          AMBIGUOUS,
          before.start,
          end,
          "A string begins directly after a name or number.",
          "Put a space before it.",
        );
        pushString(at, end);
      } else {
        const introducer = tokens.at(-1);
        if (introducer?.kind === "word" && INTRODUCERS.has(introducer.value)) {
          tokens.pop();
          pushString(introducer.start, end);
        } else pushString(at, end);
      }
      at = end;
      continue;
    }
    if (here === "@") {
      const name = /^@@(?:(global|session|local)\.)?([A-Za-z_][A-Za-z0-9_]*)(?![.`\w$\u0080-\uffff])/i.exec(
        text.slice(at),
      );
      if (name === null) {
        const end = at + Math.max(1, (/^@+[\w.$]*/.exec(text.slice(at))?.[0] ?? "").length);
        flaw("variable.user", at, end);
        at = end;
      } else {
        at += name[0].length;
        push("variable", start, at, (name[2] ?? "").toLowerCase());
      }
      continue;
    }
    if (/[0-9]/.test(here) || (here === "." && /[0-9]/.test(text[at + 1] ?? ""))) {
      const before = touches(at);
      const hex = matched(HEX, text, at);
      const number = hex === "" ? matched(NUMBER, text, at) : hex;
      const word = matched(WORD, text, at + number.length);
      const joined = before !== null && (before.kind === "word" || before.kind === "name" || before.value === ".");
      if (word !== "" || joined || text[at + number.length] === ".")
        flaw(
          AMBIGUOUS,
          joined ? before.start : at,
          at + number.length + word.length,
          "A number and a name stand without anything between them.",
          "Put a space there, or quote the name.",
        );
      at += number.length + word.length;
      const introducer = tokens.at(-1);
      if (hex !== "" && introducer?.kind === "word" && INTRODUCERS.has(introducer.value)) {
        tokens.pop();
        pushString(introducer.start, at);
      } else push("number", start, at, number);
      continue;
    }
    const word = matched(WORD, text, at);
    if (word !== "") {
      at += word.length;
      const after = touches(start);
      if (after !== null && after.kind !== "operator")
        flaw(
          AMBIGUOUS,
          after.start,
          at,
          "A word begins directly after a string or a quoted name.",
          "Put a space before it.",
        );
      push("word", start, at, upper(word), word);
      continue;
    }
    const operator = OPERATORS.find((each) => text.startsWith(each, at)) ?? (SINGLE.includes(here) ? here : null);
    if (operator !== null) {
      at += operator.length;
      push("operator", start, at, operator);
      continue;
    }
    const rest = String.fromCodePoint(text.codePointAt(at) ?? 0);
    at += text.startsWith(":=", at) ? 2 : rest.length;
    if (here === "?") flaw("parameter", start, at);
    else if (here === ":") flaw("variable.user", start, at);
    else
      flaw(
        AMBIGUOUS,
        start,
        at,
        "This character means nothing outside of a string or quoted name here.",
        "Leave it out, or quote what it belongs to.",
      );
  }
  for (const token of tokens)
    if (token.kind === "word" && INTRODUCERS.has(token.value))
      flaw(
        AMBIGUOUS,
        token.start,
        token.end,
        "The name of a character set stands here without a string after it.",
        "Quote it with backticks if it is a column.",
      );
  return { tokens, flaws };
}

/** Only ASCII letters: what else changes its case is no keyword, and `İ` is not `I`. */
export const upper = (word: string): string => word.replace(/[a-z]/g, (letter) => letter.toUpperCase());
