import type { Flaw, Token } from "../lexer.ts";
import type { Dialect } from "../versions.ts";

/** Marks in the spelling: each carries the number of its token. A number's mark is a number: LIMIT takes nothing else. */
export const MARKS = { name: "zi", string: "zs", function: "zf", number: 1_000_000_000 } as const;

/** What stands between two parentheses. */
export type Inside =
  | "group"
  /** Tables that are joined. */
  | "joined"
  | "function"
  | "aggregate"
  | "window"
  | "search"
  | "cast"
  | "convert"
  | "separated";

export interface Frame {
  readonly inside: Inside;
  /** The function whose arguments these are, as written in capitals. */
  readonly of: string;
  /** The token that opened it. */
  readonly opened: number;
  /** The parentheses themselves are left out. */
  readonly silent: boolean;
  /** INTERVAL waits for its unit. */
  interval: boolean;
  /** Operators one after another: both parsers go one level down for each. */
  chain: number;
  /** FROM was there, as a comma between arguments. */
  from: boolean;
  /** CASE without its END. */
  cases: number;
  /** WITH: a query's name comes, was there, or its query is closed. */
  cte: "none" | "name" | "named" | "closed";
}

export interface Respelled {
  readonly text: string;
  /** Which token each piece of `text` came from, by its offset, ascending. */
  readonly origins: readonly { readonly at: number; readonly token: number }[];
  readonly flaws: readonly Flaw[];
  /** Marks, and the names of functions, that both trees must hold. */
  readonly marks: readonly string[];
  readonly functions: readonly string[];
  /** The names of WITH's queries. */
  readonly ctes: readonly string[];
}

const frame = (inside: Inside, of: string, opened: number, silent = false): Frame => ({
  inside,
  of,
  opened,
  silent,
  interval: false,
  chain: 0,
  from: false,
  cases: 0,
  cte: "none",
});

const EXPRESSION_END = /^(?:z[is]\d+z|'zs\d+z'|\d+|\)|END|NULL|TRUE|FALSE)$/;
const CHAINED = /^(?:[-+*/%=<>]+|AND|OR|LIKE|IN|BETWEEN|IS|NOT|UNION|EXCEPT|INTERSECT|JOIN)$/;
const CHAIN = 1_000;
const CALLED = /^(?:zf\d+z|COUNT|GROUP_CONCAT)$/;

/** The spelling under way: the tokens, where in them we are, and what was written so far. */
export class Spelling {
  readonly tokens: readonly Token[];
  readonly dialect: Dialect;
  /** The token that is next. */
  next = 0;
  readonly #origins: { at: number; token: number }[] = [];
  readonly #flaws: Flaw[] = [];
  readonly #marks: string[] = [];
  readonly #functions: string[] = [];
  readonly #ctes: string[] = [];
  readonly #pieces: string[] = [];
  readonly #frames: Frame[] = [frame("group", "", -1)];
  #text = "";

  constructor(tokens: readonly Token[], dialect: Dialect) {
    this.tokens = tokens;
    this.dialect = dialect;
  }

  /** One of these keywords or operators stands there. A word behind a dot is a name, whatever it is. */
  is(index: number, ...values: readonly string[]): boolean {
    const token = this.tokens[index];
    return token !== undefined && (token.kind === "word" || token.kind === "operator") && values.includes(token.value);
  }

  isWord(index: number, values: ReadonlySet<string>): boolean {
    const token = this.tokens[index];
    return token?.kind === "word" && values.has(token.value) && !this.is(index - 1, ".");
  }

  isNamed(index: number): boolean {
    const kind = this.tokens[index]?.kind;
    return kind === "word" || kind === "name";
  }

  get here(): Frame {
    return this.#frames.at(-1) ?? frame("group", "", -1);
  }

  get depth(): number {
    return this.#frames.length;
  }

  open(inside: Inside, opened: number, of = ""): void {
    this.#frames.push(frame(inside, of, opened));
    this.put("(", opened);
  }

  openSilently(inside: Inside, opened: number): void {
    this.#frames.push(frame(inside, "", opened, true));
  }

  close(index: number): Frame {
    const closed = this.here;
    if (this.#frames.length > 1) this.#frames.pop();
    if (!closed.silent) this.put(")", index);
    return closed;
  }

  put(piece: string, token: number): void {
    const { here } = this;
    if (piece === ",") here.chain = 0;
    else if (CHAINED.test(piece) && ++here.chain === CHAIN) this.flaw("budget", token);
    const before = this.#pieces.at(-1) ?? "";
    const glued = before === "" || piece === "." || before === "." || (piece === "(" && CALLED.test(before));
    if (!glued) this.#text += " ";
    this.#origins.push({ at: this.#text.length, token });
    this.#text += piece;
    this.#pieces.push(piece);
  }

  wrote(piece: string): boolean {
    return this.#pieces.includes(piece);
  }

  /** `piece` stands for the token at `index`, and the next one is looked at. */
  keep(piece: string, index: number): void {
    this.put(piece, index);
    this.next = index + 1;
  }

  drop(index: number, count = 1): void {
    this.next = index + count;
  }

  name(index: number): void {
    const { here } = this;
    if (here.cte === "name") {
      here.cte = "named";
      this.#ctes.push(this.tokens[index]?.name ?? "");
    }
    const mark = `${MARKS.name}${index}z`;
    this.#marks.push(mark);
    this.keep(mark, index);
  }

  string(index: number): void {
    const mark = `${MARKS.string}${index}z`;
    // After AS, or after an expression, it is a column's name.
    const named = this.is(index - 1, "AS") || EXPRESSION_END.test(this.#pieces.at(-1) ?? "");
    this.#marks.push(mark);
    this.keep(named ? mark : `'${mark}'`, index);
  }

  number(index: number): void {
    const mark = String(MARKS.number + index);
    this.#marks.push(mark);
    this.keep(mark, index);
  }

  /** A function is called here; `shown` where the parsers have to know which. */
  call(index: number, shown = `${MARKS.function}${index}z`): void {
    this.#functions.push(shown);
    this.put(shown, index);
  }

  flaw(rule: Flaw["rule"], from: number, to = from, more: Pick<Flaw, "says" | "instead"> = {}): void {
    const first = this.tokens[from] ?? this.tokens.at(-1);
    const last = this.tokens[to] ?? first;
    if (first !== undefined && last !== undefined)
      this.#flaws.push({ rule, start: first.start, end: last.end, ...more });
  }

  result(): Respelled {
    return {
      text: this.#text,
      origins: this.#origins,
      flaws: this.#flaws,
      marks: this.#marks,
      functions: this.#functions,
      ctes: this.#ctes,
    };
  }
}
