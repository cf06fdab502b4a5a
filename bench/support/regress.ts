// PostgreSQL's own regression scripts as a corpus: psql's scripts cut into statements. They are read from a folder that is given, and
// never kept here.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nextToken } from "../../src/sqlguard/tokens.ts";

export const scriptsOf = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .toSorted()
    .map((name) => readFileSync(join(folder, name), "utf8"));

/** What the others build on, in the order of PostgreSQL's own schedule. */
const FIRST =
  `test_setup create_function_c create_misc create_operator create_procedure create_table create_type create_schema create_index
  create_index_spgist create_view index_including create_aggregate create_function_sql create_cast`.split(/\s+/);

/** With their names, those first that make what others use. */
export function scriptsInOrder(folder: string): readonly { readonly name: string; readonly text: string }[] {
  const rank = (name: string): number => (FIRST.indexOf(name) < 0 ? FIRST.length : FIRST.indexOf(name));
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .map((name) => name.slice(0, -4))
    .toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map((name) => ({ name, text: readFileSync(join(folder, `${name}.sql`), "utf8") }));
}

/** Without psql's commands, and without the rows that COPY reads from the script. */
function withoutPsql(script: string): string {
  const kept: string[] = [];
  let rows = false;
  for (const line of script.split("\n")) {
    if (rows) {
      if (line.trim() === "\\.") rows = false;
      continue;
    }
    if (/^\s*\\/.test(line)) continue;
    rows = /^\s*copy\b.*\bfrom\s+(?:stdin|pstdin)\b.*;\s*$/i.test(line);
    kept.push(line);
  }
  return kept.join("\n");
}

/** As psql cuts: at a semicolon outside of parentheses and of BEGIN ATOMIC ... END; a command after a statement ends it too. */
export function statementsOf(script: string): readonly string[] {
  const text = withoutPsql(script);
  const found: string[] = [];
  const take = (from: number, to: number): void => {
    const statement = text.slice(from, to).trim();
    if (nextToken(statement, 0) !== null) found.push(statement);
  };
  let start = 0;
  let parentheses = 0;
  let begins = 0;
  let words = 0;
  let creates = false;
  for (let token = nextToken(text, 0); token !== null; token = nextToken(text, token.end)) {
    const word = text.slice(token.start, token.end).toLowerCase();
    if (token.kind === "word" && ++words === 1) creates = word === "create";
    if (word === "(") parentheses++;
    if (word === ")") parentheses--;
    if (creates && (word === "begin" || (begins > 0 && word === "case"))) begins++;
    if (begins > 0 && word === "end") begins--;
    const command = token.kind === "operator" && word.startsWith("\\");
    if ((word !== ";" || parentheses > 0 || begins > 0) && !command) continue;
    take(start, token.start);
    start = command ? Math.max(token.end, text.indexOf("\n", token.end)) : token.end;
    token = { ...token, end: start };
    parentheses = begins = words = 0;
    creates = false;
  }
  take(start, text.length);
  return found;
}
