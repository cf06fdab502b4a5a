// What was ever committed: every version of every file that any branch or tag leads to, and every message. For a continuous check, since
// a hook can be left out, and what was taken out of a file is still in the history.

import { once } from "node:events";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { inherited, readProgram, startProgram, type ChildProcess } from "#platform/process";
import { isOfAClient, MOST_BYTES, suspiciousLines } from "./commit-check.ts";
import { refused, type Refused } from "./refused.ts";

const env = () => inherited("PATH", "HOME", "XDG_CONFIG_HOME", "GIT_DIR", "GIT_WORK_TREE");
/** Of the versions of files with something in them, how many are said with the commit that brought them. */
const MOST_TRACED = 100;

async function ask(...args: readonly string[]): Promise<string | null> {
  const read = await readProgram({ program: "git", args, env: env() }, { maxBuffer: 256 * 1024 * 1024 });
  return read.kind === "failed" ? null : read.out.toString("utf8");
}

const start = (...args: readonly string[]): ChildProcess =>
  startProgram({ program: "git", args, env: env() }, { stdio: ["pipe", "pipe", "ignore"] });

export interface CheckedHistory {
  readonly kind: "history";
  readonly commits: number;
  /** Versions of files. */
  readonly files: number;
  /** How many of them are too large to be looked at. */
  readonly unread: number;
  readonly problems: readonly string[];
}

export async function checkHistory(): Promise<Refused | CheckedHistory> {
  const shallow = await ask("rev-parse", "--is-shallow-repository");
  if (shallow === null) return refused("This is no git repository. Run the check where you commit.");
  if (shallow.trim() === "true")
    return refused(
      "Only the newest part of the history is here. Fetch all of it first: git fetch --unshallow (in a workflow: fetch-depth: 0).",
    );
  // A checkout in a workflow is often of no branch: HEAD is named beside them. Before the first commit there is none.
  const tips = (await ask("rev-parse", "--verify", "--quiet", "HEAD")) === null ? ["--all"] : ["--all", "HEAD"];
  const problems: string[] = [];
  const paths = await ask(
    "log",
    "-m",
    "--name-only",
    "--no-renames",
    "--format=",
    "-z",
    ...tips,
    "--",
    ":(top)clients",
  );
  for (const path of new Set(paths?.split("\0").map((each) => each.trim())))
    if (isOfAClient(path))
      problems.push(`${JSON.stringify(path)} belongs to a client, and is in the history. ${WHAT_TO_DO}`);
  const found = { commits: 0, files: 0, unread: 0 };
  let traced = 0;
  const named = await objects(tips);
  for await (const { id, type, bytes } of contents([...named.keys()])) {
    if (type === "blob") found.files += 1;
    if (type === "commit") found.commits += 1;
    if (bytes === null) {
      found.unread += 1;
      continue;
    }
    const path = named.get(id) ?? "";
    const lines = suspiciousLines(path, type === "blob" ? bytes.toString("utf8") : messageOf(bytes));
    if (lines.length === 0) continue;
    traced += 1;
    const where =
      type === "blob"
        ? `${JSON.stringify(path)} in ${await commitOf(id, tips, traced)}`
        : `the ${type} ${id.slice(0, 12)}`;
    for (const { line, why } of lines) problems.push(`${where}, line ${line}: ${why}. ${WHAT_TO_DO}`);
  }
  return { kind: "history", ...found, problems };
}

const WHAT_TO_DO =
  "Change the credential where it comes from: whoever has a clone has it. Then it can be taken out of the history.";

/** Every object that the tips lead to, with the first path of each that is a file. */
async function objects(tips: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const child = start("rev-list", "--objects", ...tips);
  const found = new Map<string, string>();
  if (child.stdout === null) return found;
  for await (const line of createInterface({ input: child.stdout })) {
    const [id = "", ...path] = line.split(" ");
    found.set(id, path.join(" "));
  }
  return found;
}

interface Content {
  readonly id: string;
  readonly type: "blob" | "commit" | "tag";
  /** null: too large. */
  readonly bytes: Buffer | null;
}

/** Of each in its order; trees are left out, since their files are not. */
async function* contents(ids: readonly string[]): AsyncGenerator<Content> {
  const small: string[] = [];
  const sizes = start("cat-file", "--batch-check");
  if (sizes.stdin === null || sizes.stdout === null) return;
  Readable.from(ids.map((id) => `${id}\n`)).pipe(sizes.stdin);
  for await (const line of createInterface({ input: sizes.stdout })) {
    const [id = "", type, size] = line.split(" ");
    if (type !== "blob" && type !== "commit" && type !== "tag") continue;
    if (Number(size) <= MOST_BYTES) small.push(id);
    else yield { id, type, bytes: null };
  }
  const child = start("cat-file", "--batch");
  if (child.stdin === null || child.stdout === null) return;
  Readable.from(small.map((id) => `${id}\n`)).pipe(child.stdin);
  yield* framed(child.stdout);
  if (child.exitCode === null) await once(child, "exit");
}

/** `<id> <type> <size>`, a line feed, the bytes, a line feed. */
async function* framed(stream: Readable): AsyncGenerator<Content> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue;
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (;;) {
      const end = held.indexOf(10);
      const [id = "", type, size] = held.subarray(0, Math.max(end, 0)).toString("utf8").split(" ");
      const from = end + 1;
      if (end === -1 || held.length < from + Number(size) + 1) break;
      if (type === "blob" || type === "commit" || type === "tag")
        yield { id, type, bytes: held.subarray(from, from + Number(size)) };
      held = held.subarray(from + Number(size) + 1);
    }
  }
}

/** Without headers, where signatures stand, and without a signature at the end. */
function messageOf(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return text.slice(text.indexOf("\n\n") + 2).replace(/-----BEGIN (?:PGP|SSH) SIGNATURE-----[^]*$/, "");
}

async function commitOf(id: string, tips: readonly string[], traced: number): Promise<string> {
  if (traced > MOST_TRACED) return `version ${id.slice(0, 12)}`;
  const commits = (await ask("log", "--format=%h", `--find-object=${id}`, ...tips))?.trim().split("\n") ?? [];
  return commits.at(-1) ?? id.slice(0, 12);
}
