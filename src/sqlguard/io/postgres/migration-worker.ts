// A worker thread that parses one migration file and says what to look at.

import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";
import { majorOf } from "../../postgres/majors.ts";
import { findings } from "../../postgres/migration.ts";
import { loadParser, plainSyntaxError } from "./grammars.ts";
import type { Migration } from "./migration.ts";

const major = majorOf(z.number().parse(workerData));
if (major === null || parentPort === null) throw new Error("started without a major, or not as a worker");
const port = parentPort;
const parser = await loadParser(major);

port.on("message", (text: unknown) => {
  port.postMessage(answer(z.string().parse(text)));
});
port.postMessage("ready");

function answer(text: string): Migration {
  try {
    return { kind: "findings", findings: text.trim() === "" ? [] : findings(text, parser.parseSync(text)) };
  } catch (error) {
    const plain = plainSyntaxError(error);
    if (plain === null) return { kind: "lost" };
    const before = Array.from(text).slice(0, plain.cursor).join("");
    return { kind: "syntax", message: plain.message, line: before.split("\n").length };
  }
}
