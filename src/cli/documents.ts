// Reads JSON documents from a file or standard input: one document, or several with one on each line.

import { createReadStream } from "node:fs";
import { plain } from "#gate";
import { jsonPosition } from "./json-position.ts";

/** Far above any real snapshot (GitHub's own caps allow some 30 MB), and below what a string can hold. */
const MAX_BYTES = 256 * 1024 * 1024;

export type ParsedDocument =
  | { readonly kind: "json"; readonly json: unknown }
  | { readonly kind: "broken"; readonly problem: string };
export type Documents =
  | { readonly kind: "documents"; readonly several: boolean; readonly documents: readonly ParsedDocument[] }
  | { readonly kind: "unreadable"; readonly problem: string };

export async function readDocuments(file: string): Promise<Documents> {
  const text = await readText(file, MAX_BYTES);
  return text.kind === "unreadable" ? text : parseDocuments(text.text);
}

export type Text =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "unreadable"; readonly problem: string };

/** UTF-8 text from a file, or from standard input for "-". */
export async function readText(file: string, maxBytes: number): Promise<Text> {
  const name = file === "-" ? "standard input" : plain(file);
  const unreadable = (problem: string) => ({ kind: "unreadable", problem }) as const;
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    const input: AsyncIterable<Uint8Array> = file === "-" ? process.stdin : createReadStream(file);
    for await (const bytes of input) {
      size += bytes.length;
      if (size > maxBytes)
        return unreadable(`${name} is larger than ${maxBytes / 1024 / 1024} MB. Give less at a time.`);
      chunks.push(bytes);
    }
  } catch (error) {
    return unreadable(`${name} cannot be read: ${whyUnreadable(error)}`);
  }
  try {
    return { kind: "text", text: new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)) };
  } catch {
    return unreadable(`${name} is not UTF-8 text. Save it as UTF-8.`);
  }
}

function whyUnreadable(error: unknown): string {
  const code =
    error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "with an error";
  if (code === "ENOENT") return "there is no such file. Check the path.";
  if (code === "EISDIR") return "it is a directory. Name a file.";
  if (code === "EACCES") return "you may not read it. Check its permissions.";
  return `the system answered ${plain(code)}.`;
}

function parseDocuments(text: string): Documents {
  if (text.trim() === "")
    return { kind: "unreadable", problem: "The input is empty. Give a snapshot: one JSON object; see docs/gate.md." };
  const whole = parse(text, 0);
  if (whole.kind === "json") return { kind: "documents", several: false, documents: [whole] };
  const lines = text
    .split("\n")
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim() !== "");
  const parsed = lines.length > 1 ? lines.map(({ line, number }) => parse(line, number)) : [];
  // One document printed over several lines has its braces on lines of their own; several documents end on each line.
  const several = parsed[0]?.kind === "json" || parsed.at(-1)?.kind === "json";
  return several
    ? { kind: "documents", several, documents: parsed }
    : { kind: "documents", several: false, documents: [whole] };
}

/** `line` 0: the text is the whole input. */
function parse(text: string, line: number): ParsedDocument {
  try {
    const json: unknown = JSON.parse(text);
    return { kind: "json", json };
  } catch {
    const at = jsonPosition(text);
    return {
      kind: "broken",
      problem: `Not JSON: unexpected character or end at line ${line === 0 ? at.line : line}, column ${at.column}.`,
    };
  }
}
