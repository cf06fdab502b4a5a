import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { forbidden, functionsOf } from "../../../src/sqlguard/mysql/functions.ts";
import { lex } from "../../../src/sqlguard/mysql/lexer.ts";
import { variableIsReviewed } from "../../../src/sqlguard/mysql/variables.ts";
import { ONLY_MYSQL, RESERVED, SAME_SHAPE, STRUCTURE } from "../../../src/sqlguard/mysql/words.ts";
import { clientServer } from "./server.ts";

const t = await clientServer();

/** The server's number for why it does not run a text; 0 when it does. */
async function errorOf(text: string): Promise<number> {
  try {
    await t.sql(text);
    return 0;
  } catch (error) {
    return z.object({ errno: z.number() }).parse(error).errno;
  }
}

const names = async (text: string): Promise<readonly string[]> =>
  z
    .array(z.object({ name: z.string() }))
    .parse(await t.sql(text))
    .map(({ name }) => name);

describe("G5: the lists are the server's own", () => {
  const ER_SP_DOES_NOT_EXIST = 1305;
  const ER_FUNC_INEXISTENT_NAME_COLLISION = 1630;

  it("every function that may be called is the server's: none of them could be a function of the database's", async () => {
    const foreign: string[] = [];
    for (const name of functionsOf(t.dialect)) {
      const error = await errorOf(`select ${name}()`);
      if (error === ER_SP_DOES_NOT_EXIST || error === ER_FUNC_INEXISTENT_NAME_COLLISION) foreign.push(name);
    }
    expect(foreign).toEqual([]);
  });

  it("no function is both allowed and forbidden", () => {
    expect(
      [...functionsOf("mariadb"), ...functionsOf("mysql")].filter((name) => forbidden(name) !== undefined),
    ).toEqual([]);
  });

  it("every word that cannot be a name without quotes is known as reserved", async () => {
    const words = (await names("select word as name from information_schema.keywords")).filter((word) =>
      /^\w+$/.test(word),
    );
    expect(words.length).toBeGreaterThan(500);
    const unknown: string[] = [];
    for (const word of words) if ((await errorOf(`select 1 as ${word}`)) !== 0 && !isKnown(word)) unknown.push(word);
    expect(unknown).toEqual([]);
  });

  it("no word is both syntax for the parsers and free as a name, but where the server says so too", async () => {
    const free: string[] = [];
    for (const word of STRUCTURE) if ((await errorOf(`select 1 as ${word}`)) === 0) free.push(word);
    expect(free).toEqual([]);
  });

  it("a word that only MySQL reserves is a name in MariaDB", () => {
    expect([...ONLY_MYSQL].filter((word) => !RESERVED.has(word))).toEqual([]);
  });

  it("no reviewed variable holds a path, a host, a name or a secret", async () => {
    const shown = z.array(z.object({ Variable_name: z.string() })).parse(await t.sql("show global variables"));
    const reviewed = shown.map(({ Variable_name: name }) => name).filter(variableIsReviewed);
    expect(reviewed.length).toBeGreaterThan(80);
    const telling =
      /(?:^|_)(?:dir|datadir|path|user|users|password|auth|init|secret|ca|cert|address|host|hostname|socket|command|cmd)(?:_|$)/;
    expect(reviewed.filter((name) => telling.test(name))).toEqual(["max_user_connections"]);
  });
});

/** Functions of windows are reserved in MySQL; before a parenthesis they are functions, elsewhere the server refuses them. */
const isKnown = (word: string): boolean =>
  RESERVED.has(word) || STRUCTURE.has(word) || SAME_SHAPE.has(word) || functionsOf(t.dialect).has(word);

describe("G5: the lexer cuts as the server does", () => {
  /** The server's word on a text of one expression: its value, or null when it refuses. */
  async function valueOf(text: string): Promise<string | null> {
    try {
      const [row] = await t.sql(`select concat('', (${text})) as v`);
      return z.object({ v: z.string() }).parse(row).v;
    } catch {
      return null;
    }
  }

  it.each([
    ["doubled quotes", "'it''s'", "it's"],
    ["double quotes are a string", '"a""b"', 'a"b'],
    ["neighbouring strings are one", "'a' 'b' \"c\"", "abc"],
    ["a comment between them is none", "'a' /* ' */ 'b'", "ab"],
    ["a backslash", "'a\\\\b'", "a\\b"],
    ["a pattern's backslash stays", "'\\%'", "\\%"],
    ["a comment's end", "1 /* * / */ + 1", "2"],
    ["a dash comment", "1 -- '\n+ 1", "2"],
    ["a hash comment", "1 # '\n+ 1", "2"],
    ["an introducer", "_utf8mb4'é'", "é"],
  ])("%s", async (_sentence, text, value) => {
    expect(lex(text).flaws).toEqual([]);
    expect(await valueOf(text)).toBe(value);
  });

  it("what lies in quotes and comments is the same for both, whatever it is made of", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }), async (pieces) => {
        const text = pieces.join("");
        const { tokens, flaws } = lex(text);
        // One string, and none in hexadecimal.
        if (
          flaws.length > 0 ||
          tokens.length !== 1 ||
          tokens[0]?.kind !== "string" ||
          text.startsWith("x", tokens[0].start)
        )
          return;
        expect(await valueOf(`${text}\n`)).toBe(meaning(text.slice(tokens[0].start, tokens[0].end)));
      }),
      { numRuns: 3_000 },
    );
  });
});

const PIECES = [
  "'",
  '"',
  "''",
  "\\",
  "\\\\",
  "\\'",
  "a",
  " ",
  "\n",
  "/*",
  "*/",
  "-- ",
  "#",
  ";",
  "`",
  "x",
  "%",
  "/",
  "*",
  "-",
  "é",
];

/** What the token means, by the manual's rules and not by the lexer's code. */
function meaning(token: string): string {
  let out = "";
  for (let i = 0; i < token.length;) {
    const quote = token[i] ?? "";
    if (quote !== "'" && quote !== '"') {
      // Between neighbouring strings: spaces and comments.
      const gap = /^(?:\s+|\/\*[^]*?\*\/|(?:-- |#)[^\n]*\n)/.exec(token.slice(i))?.[0] ?? " ";
      i += gap.length;
      continue;
    }
    for (i++; i < token.length; i++) {
      if (token[i] === "\\") {
        const next = token[++i] ?? "";
        out += next === "%" || next === "_" ? `\\${next}` : next === "n" ? "\n" : next;
      } else if (token[i] === quote && token[i + 1] === quote) out += token[i++];
      else if (token[i] === quote) break;
      else out += token[i];
    }
    i++;
  }
  return out;
}
