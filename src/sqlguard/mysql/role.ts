// The second wall: what the login itself may do, read from SHOW GRANTS. Every privilege that is not known to read only is one too many.

import type { RoleFinding } from "../role.ts";
import { lex, type Token } from "./lexer.ts";

export interface LoginFacts {
  /** As the server writes it: reader@%. */
  readonly account: string;
  /** Another account than the one whose name was given. */
  readonly otherAccount: boolean;
  /** The lines of SHOW GRANTS, with those of the roles that are active. */
  readonly grants: readonly string[];
  readonly serverWrites: boolean;
}

const READING = new Set(["USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES"]);

const must = (what: string, fix: string): RoleFinding => ({ level: "must", what, fix });
const should = (what: string, fix: string): RoleFinding => ({ level: "should", what, fix });

export function judgeLogin({ account, otherAccount, grants, serverWrites }: LoginFacts): readonly RoleFinding[] {
  const who = quoted(account);
  return [
    ...(otherAccount
      ? [
          must(
            "The session runs as another account than the one that logged in.",
            "-- log in as the reading account itself, without a proxy and without an anonymous account",
          ),
        ]
      : []),
    ...(grants.length === 0 ? [must("The login's rights cannot be read.", "-- SHOW GRANTS gave nothing")] : []),
    ...grants.flatMap((line) => judgeGrant(line, who)),
    ...(serverWrites
      ? [
          should(
            "The server takes writes; a replica would refuse them by itself.",
            "-- connect to a replica with read_only = ON, where there is one",
          ),
        ]
      : []),
  ];
}

/** 'reader'@'%', out of reader@%. */
function quoted(account: string): string {
  const at = account.lastIndexOf("@");
  const part = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  return at < 0 ? part(account) : `${part(account.slice(0, at))}@${part(account.slice(at + 1))}`;
}

/** GRANT a, b (c) ON x.y TO who [...]; GRANT role TO who; SET DEFAULT ROLE role FOR who. */
function judgeGrant(line: string, account: string): readonly RoleFinding[] {
  // The hash of a password may follow: nothing behind the account's name is ever repeated.
  const { tokens } = lex(line);
  if (word(tokens[0]) === "SET" || word(tokens[0]) === "REVOKE") return [];
  if (word(tokens[0]) !== "GRANT") return [must("A right of the login cannot be read.", "-- look at SHOW GRANTS")];
  const to = tokens.findIndex((token) => word(token) === "TO");
  const on = tokens.findIndex((token, index) => word(token) === "ON" && index < to);
  if (to < 0) return [must("A right of the login cannot be read.", "-- look at SHOW GRANTS")];
  // What everybody has, or a role, is taken from them.
  const who = word(tokens[to + 1]) === "PUBLIC" ? "PUBLIC" : (roleOf(tokens.slice(to + 1)) ?? account);
  const options = tokens
    .slice(to)
    .some((token, index, all) => word(token) === "WITH" && ["GRANT", "ADMIN"].includes(word(all[index + 1])));
  // A role: what it may do is in lines of its own.
  if (on < 0) {
    const role = textOf(line, tokens.slice(1, to));
    return options
      ? [must(`The login may give the role ${role} to others.`, `REVOKE ADMIN OPTION FOR ${role} FROM ${who};`)]
      : [];
  }
  const object = textOf(line, tokens.slice(on + 1, to));
  const privileges = privilegesOf(tokens.slice(1, on));
  const more = privileges.filter((privilege) => !READING.has(privilege));
  return [
    ...(more.length > 0
      ? [must(`The login has ${more.join(", ")} on ${object}.`, `REVOKE ${more.join(", ")} ON ${object} FROM ${who};`)]
      : []),
    ...(options
      ? [must(`The login may give its rights on ${object} to others.`, `REVOKE GRANT OPTION ON ${object} FROM ${who};`)]
      : []),
    ...(object === "*.*" && privileges.includes("SELECT")
      ? [
          should(
            "The login may read every database, the server's own among them; the first wall refuses those.",
            `REVOKE SELECT ON *.* FROM ${who}; GRANT SELECT ON <database>.* TO ${who};`,
          ),
        ]
      : []),
  ];
}

/** The name of a role, in backticks: accounts have a host behind theirs. */
const roleOf = ([name, next]: readonly Token[]): string | null =>
  name?.kind === "name" && (next === undefined || word(next) === "WITH")
    ? `\`${name.name.replaceAll("`", "``")}\``
    : null;

const word = (token: Token | undefined): string => (token?.kind === "word" ? token.value : "");

const textOf = (line: string, tokens: readonly Token[]): string =>
  line.slice(tokens[0]?.start ?? 0, tokens.at(-1)?.end ?? 0);

/** Words between commas, without the columns in parentheses. */
function privilegesOf(tokens: readonly Token[]): readonly string[] {
  const found: string[][] = [[]];
  let depth = 0;
  for (const { kind, value } of tokens) {
    if (kind === "operator" && value === "(") depth++;
    else if (kind === "operator" && value === ")") depth--;
    else if (depth > 0) continue;
    else if (kind === "operator" && value === ",") found.push([]);
    else found.at(-1)?.push(value);
  }
  return found.map((words) => words.join(" "));
}
