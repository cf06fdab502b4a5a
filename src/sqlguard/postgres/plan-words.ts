// What an expression names that PostgreSQL prints in a plan (ruleutils.c). It quotes every name that could be a keyword and writes its own
// keywords in capitals, so that a light look is enough: what is not surely syntax counts as a name.

export interface PlanName {
  /** Null: found by the search path. */
  readonly schema: string | null;
  readonly name: string;
}

export interface PlanWords {
  readonly functions: readonly PlanName[];
  readonly operators: readonly PlanName[];
  /** Column references: alias.column, alias.*, or a bare column. */
  readonly columns: readonly { readonly alias: string | null; readonly column: string }[];
  /** "SubPlan 1", "InitPlan 2", "$0". */
  readonly subplans: readonly string[];
}

const PIECE =
  /\s+|E'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|::|\$\d+|(?:SubPlan|InitPlan) [\w.]+|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d[\w.]*|[-+*/<>=~!@#%^&|`?]+|[^]/y;
const WORD = /^(?:"[^]*"|[A-Za-z_\u0080-\uffff])/;
const SYMBOL = /^[-+*/<>=~!@#%^&|`?]+$/;
const SUBPLAN = /^(?:(?:SubPlan|InitPlan) |\$\d)/;

/** Types with a length in parentheses. As a function's name PostgreSQL quotes each of them. */
const SIZED: ReadonlySet<string> = new Set([
  "numeric",
  "character",
  "bit",
  "timestamp",
  "time",
  "interval",
  "float",
  "decimal",
]);

function pieces(text: string): readonly string[] {
  const found: string[] = [];
  PIECE.lastIndex = 0;
  for (let match = PIECE.exec(text); match !== null; match = PIECE.exec(text))
    if (match[0].trim() !== "") found.push(match[0]);
  return found;
}

const plainName = (piece: string): string => (piece.startsWith('"') ? piece.slice(1, -1).replaceAll('""', '"') : piece);

export function wordsOf(text: string): PlanWords {
  const all = pieces(text);
  const functions: PlanName[] = [];
  const operators: PlanName[] = [];
  const columns: { alias: string | null; column: string }[] = [];
  const subplans: string[] = [];
  for (let i = 0; i < all.length; i++) {
    const piece = all[i] ?? "";
    if (SUBPLAN.test(piece)) {
      subplans.push(piece);
      continue;
    }
    if (SYMBOL.test(piece)) {
      // alias.*, count(*), and the (?) that stands for a window.
      const syntax =
        (piece === "*" && (all[i - 1] === "." || all[i + 1] === ")")) || (piece === "?" && all[i - 1] === "(");
      if (!syntax) operators.push({ schema: null, name: piece });
      continue;
    }
    if (!WORD.test(piece)) continue;
    const chain = [plainName(piece)];
    const first = i;
    while (all[i + 1] === "." && (WORD.test(all[i + 2] ?? "") || all[i + 2] === "*" || SYMBOL.test(all[i + 2] ?? ""))) {
      chain.push(plainName(all[i + 2] ?? ""));
      i += 2;
    }
    const last = all[i] ?? "";
    const name = { schema: chain.at(-2) ?? null, name: chain.at(-1) ?? "" };
    if (SYMBOL.test(last) && last !== "*") {
      operators.push(name);
      continue;
    }
    // A type: what converting runs was looked at with the columns and the casts of the statement.
    if (all[first - 1] === "::") continue;
    if (all[i + 1] === "(") {
      if (!isSyntax(last, all[first - 1])) functions.push(name);
      continue;
    }
    if (chain.length > 1 || !isKeyword(last)) columns.push({ alias: chain.at(-2) ?? null, column: name.name });
  }
  return { functions, operators, columns, subplans };
}

/** Written without quotes and in capitals: PostgreSQL's own words alone. */
const isKeyword = (piece: string): boolean => !piece.startsWith('"') && /[A-Z]/.test(piece);

const isSyntax = (piece: string, before: string | undefined): boolean =>
  isKeyword(piece) ||
  SIZED.has(piece) ||
  (piece === "varying" && (before === "character" || before === "bit")) ||
  // interval second(2), interval day to second(2)
  (piece === "second" && (before === "interval" || before === "to"));
