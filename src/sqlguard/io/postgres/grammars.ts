// The parsers: libpg-query (MIT), PostgreSQL's own grammar compiled to WebAssembly, one build for each major.

import { z } from "zod";
import type { Major } from "../../postgres/majors.ts";

export interface Parser {
  parseSync(text: string): unknown;
}

export async function loadParser(major: Major): Promise<Parser> {
  const library = await importOf(major);
  await library.loadModule();
  return library;
}

function importOf(major: Major): Promise<Parser & { loadModule(): Promise<void> }> {
  switch (major) {
    case 15:
      return import("libpg-query-15");
    case 16:
      return import("libpg-query-16");
    case 17:
      return import("libpg-query-17");
    case 18:
      return import("libpg-query-18");
  }
}

/** The scanner and the grammar: what they complain about is the text. */
const PLAIN_SOURCES = ["scan.l", "gram.y", "parser.c"] as const;

const syntaxError = z.object({
  message: z.string(),
  sqlDetails: z.object({ cursorPosition: z.number(), fileName: z.enum(PLAIN_SOURCES) }),
});

/** A plain "this is not SQL" with its place. Anything else may have left the parser's memory in any state. */
export function plainSyntaxError(error: unknown): { readonly message: string; readonly cursor: number } | null {
  const read = syntaxError.safeParse(error);
  if (!read.success || read.data.message.startsWith("memory exhausted")) return null;
  return { message: read.data.message, cursor: Math.max(0, read.data.sqlDetails.cursorPosition) };
}
