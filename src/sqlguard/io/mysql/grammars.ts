// The parsers: node-sql-parser (Apache-2.0, a PEG grammar in JavaScript) and sqlparser-rs (Apache-2.0, a parser by hand, compiled to
// WebAssembly). They share no line, and neither sees the text of the statement: only its tokens in our spelling.

import sqlParser from "node-sql-parser/build/mysql.js";
import { init, Parser as RustParser } from "@guanmingchiu/sqlparser-ts";
import { z } from "zod";
import type { Parsed, Parsers } from "../../mysql/classify.ts";

const pegError = z.object({
  name: z.literal("SyntaxError"),
  location: z.object({ start: z.object({ offset: z.number() }) }),
});
const PLACE = / at Line: 1, Column: (\d+)$/;

/** Throws for anything but a tree or a plain syntax error: then nobody knows what state the parser is in. */
export async function loadParsers(): Promise<Parsers> {
  await init();
  const peg = new sqlParser.Parser();
  return {
    peg(text): Parsed {
      try {
        return { kind: "tree", tree: peg.astify(text) };
      } catch (error) {
        const read = pegError.safeParse(error);
        if (read.success) return { kind: "syntax", at: read.data.location.start.offset };
        // Its actions throw plain errors about reserved words and the like.
        if (error instanceof Error && error.constructor === Error) return { kind: "syntax", at: 0 };
        throw error;
      }
    },
    rust(text): Parsed {
      try {
        return { kind: "tree", tree: RustParser.parse(text, "mysql") };
      } catch (error) {
        // A trap of the WebAssembly comes in the same class, with other words.
        if (!(error instanceof Error) || !error.message.startsWith("sql parser error: ")) throw error;
        if (error.message.includes("recursion limit exceeded")) return { kind: "deep" };
        const column = PLACE.exec(error.message)?.[1];
        return { kind: "syntax", at: column === undefined ? text.length - 1 : Number(column) - 1 };
      }
    },
  };
}
