// A worker thread that cuts, parses twice and judges one text at a time. It is thrown away after anything unexpected.

import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";
import { classify } from "../../mysql/classify.ts";
import { lineageTree } from "../../mysql/lineage-tree.ts";
import { loadParsers } from "./grammars.ts";
import type { Lost } from "../thread.ts";
import type { Answer, Parsed } from "./parser.ts";

if (parentPort === null) throw new Error("not started as a worker");
const port = parentPort;
const dialect = z.enum(["mysql", "mariadb"]).parse(workerData);
const parsers = await loadParsers();

const asked = z.union([z.string(), z.object({ treeOf: z.string() })]);

port.on("message", (message: unknown) => {
  const one = asked.parse(message);
  port.postMessage(typeof one === "string" ? answer(one) : treeOf(one.treeOf));
});
port.postMessage("ready");

function answer(text: string): Answer | Lost {
  try {
    const { shape, ...classified } = classify(text, dialect, parsers);
    const fingerprint = shape === null ? null : createHash("sha256").update(shape).digest("hex").slice(0, 16);
    return { kind: "classified", classified, fingerprint };
  } catch {
    return { kind: "lost" };
  }
}

/** For texts that were classified before. */
function treeOf(text: string): Parsed {
  try {
    const tree = lineageTree(text, dialect, parsers);
    return tree === null ? { kind: "unread" } : { kind: "tree", tree };
  } catch {
    return { kind: "lost" };
  }
}
