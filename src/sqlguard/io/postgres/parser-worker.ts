// A worker thread that parses, walks and judges one text at a time. It is thrown away after anything unexpected.

import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";
import { classify } from "../../postgres/classify.ts";
import { majorOf } from "../../postgres/majors.ts";
import { loadParser, plainSyntaxError } from "./grammars.ts";
import type { Lost } from "../thread.ts";
import type { Answer, Parsed } from "./parser.ts";

const major = majorOf(z.number().parse(workerData));
if (major === null || parentPort === null) throw new Error("started without a major, or not as a worker");
const port = parentPort;
const grammar = major;
const parser = await loadParser(grammar);

/** Where something stands, and the version that parsed it. */
const PLACES = new Set([
  "location",
  "stmt_location",
  "stmt_len",
  "list_start",
  "list_end",
  "rexpr_list_start",
  "rexpr_list_end",
  "name_location",
  "version",
]);

const asked = z.union([z.string(), z.object({ treeOf: z.string() })]);

port.on("message", (message: unknown) => {
  const one = asked.parse(message);
  port.postMessage(typeof one === "string" ? answer(one) : treeOf(one.treeOf));
});
port.postMessage("ready");

function answer(text: string): Answer | Lost {
  // The library refuses the empty string in words of its own.
  if (text.trim() === "")
    return { kind: "classified", classified: classify({ stmts: [] }, grammar), fingerprint: null };
  try {
    const tree = parser.parseSync(text);
    const classified = classify(tree, grammar);
    // A tree that is too deep to be looked through is too deep to be printed, too.
    const deep = classified.offences.some(({ rule }) => rule === "budget");
    return { kind: "classified", classified, fingerprint: deep ? null : fingerprint(tree) };
  } catch (error) {
    const plain = plainSyntaxError(error);
    return plain === null ? { kind: "lost" } : { kind: "syntax", ...plain };
  }
}

/** For texts that were classified before. */
function treeOf(text: string): Parsed {
  try {
    return { kind: "tree", tree: parser.parseSync(text) };
  } catch {
    return { kind: "lost" };
  }
}

/** The same for queries that differ only in constants, layout and spelling: 16 hex digits. */
function fingerprint(tree: unknown): string {
  const shape = JSON.stringify(tree, (key, value: unknown) =>
    PLACES.has(key) ? undefined : key === "A_Const" ? "?" : value,
  );
  return createHash("sha256").update(shape).digest("hex").slice(0, 16);
}
