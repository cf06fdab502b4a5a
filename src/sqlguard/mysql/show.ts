// SHOW and DESCRIBE have a small grammar that no parser of ours reads: a statement is one of these patterns, or it is refused.

import type { Token } from "./lexer.ts";

/** name: an identifier; text: a string; a word in capitals: itself; [ ]: may be missing. */
const PATTERNS: readonly string[] = [
  "SHOW [FULL] TABLES [FROM-schema] [LIKE-text]",
  "SHOW TABLE STATUS [FROM-schema] [LIKE-text]",
  "SHOW [FULL] COLUMNS FROM-relation [FROM-schema] [LIKE-text]",
  "SHOW [FULL] FIELDS FROM-relation [FROM-schema] [LIKE-text]",
  "SHOW INDEX FROM-relation [FROM-schema]",
  "SHOW INDEXES FROM-relation [FROM-schema]",
  "SHOW KEYS FROM-relation [FROM-schema]",
  "SHOW DATABASES [LIKE-text]",
  "SHOW SCHEMAS [LIKE-text]",
  "SHOW [GLOBAL] STATUS [LIKE-text]",
  "SHOW SESSION STATUS [LIKE-text]",
  "SHOW ENGINES",
  "SHOW STORAGE ENGINES",
  "SHOW CHARACTER SET [LIKE-text]",
  "SHOW COLLATION [LIKE-text]",
  "SHOW WARNINGS",
  "DESCRIBE relation",
  "DESC relation",
  "EXPLAIN relation",
];

export interface Named {
  readonly schema: string | null;
  readonly name: string;
  /** Where it stands. */
  readonly token: number;
}

/** The relations that are described; null when the tokens are none of the patterns. */
export function show(tokens: readonly Token[]): readonly Named[] | null {
  for (const pattern of PATTERNS) {
    const found = follow(tokens, pattern.split(" "));
    if (found !== null) return found;
  }
  return null;
}

function follow(tokens: readonly Token[], pattern: readonly string[]): readonly Named[] | null {
  let at = 0;
  let schema: string | null = null;
  const relations: Named[] = [];
  const word = (...values: readonly string[]): boolean => {
    const token = tokens[at];
    if (token?.kind !== "word" || !values.includes(token.value)) return false;
    at++;
    return true;
  };
  const name = (): string | null => {
    const token = tokens[at];
    if (token?.kind !== "name" && token?.kind !== "word") return null;
    at++;
    return token.name;
  };
  const step = (part: string): boolean => {
    switch (part) {
      case "FROM-relation":
        return word("FROM", "IN") && step("relation");
      case "FROM-schema": {
        if (!word("FROM", "IN")) return false;
        schema = name();
        return schema !== null;
      }
      case "LIKE-text":
        if (!word("LIKE") || tokens[at]?.kind !== "string") return false;
        at++;
        return true;
      case "relation": {
        const token = at;
        const first = name();
        if (first === null) return false;
        if (tokens[at]?.kind === "operator" && tokens[at]?.value === ".") {
          at++;
          const second = name();
          if (second === null) return false;
          relations.push({ schema: first, name: second, token });
        } else relations.push({ schema: null, name: first, token });
        return true;
      }
      default:
        return word(part);
    }
  };
  for (const part of pattern) {
    const start = at;
    const optional = part.startsWith("[");
    if (step(optional ? part.slice(1, -1) : part)) continue;
    if (!optional) return null;
    at = start;
  }
  if (at !== tokens.length) return null;
  // INVARIANT: FROM twice, and the server takes the schema of the second, whatever the first one says.
  return relations.map((each) => ({ ...each, schema: schema ?? each.schema }));
}
