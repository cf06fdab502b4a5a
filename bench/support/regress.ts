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
