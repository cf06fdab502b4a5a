// A worker thread that cuts, parses twice and judges one text at a time. It is thrown away after anything unexpected.

import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";
import { classify } from "../../mysql/classify.ts";
import { loadParsers } from "./grammars.ts";
import type { Lost } from "../thread.ts";
import type { Answer } from "./parser.ts";

if (parentPort === null) throw new Error("not started as a worker");
const port = parentPort;
const dialect = z.enum(["mysql", "mariadb"]).parse(workerData);
const parsers = await loadParsers();

port.on("message", (text: unknown) => {
  port.postMessage(answer(z.string().parse(text)));
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
