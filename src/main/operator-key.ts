// Who is asking, where it must be a person: the operator's own key, from a file of theirs or typed without being shown. Never an argument,
// never the environment: both are seen by who may look at the process.

import { readFile, stat } from "node:fs/promises";
import { isOperatorKey } from "#identity";
import type { Environment } from "#platform/config";
import { askHidden } from "./ask.ts";
import { refused, type Refused } from "./refused.ts";

export async function operatorKey(env: Environment): Promise<{ readonly kind: "key"; readonly key: string } | Refused> {
  const path = env["OPERATOR_KEY_FILE"] ?? "";
  const text = path === "" ? { kind: "text" as const, text: await askHidden("Your operator key: ") } : await read(path);
  if (text.kind === "refused") return text;
  const key = text.text.trim();
  if (path === "" && key === "")
    return refused(
      "This takes an operator's key, and none was given: type it, or name its file in OPERATOR_KEY_FILE. `countersign operator add NAME` makes the first (docs/operators.md).",
    );
  return isOperatorKey(key)
    ? { kind: "key", key }
    : refused(
        path === ""
          ? `${key === "" ? "This takes an operator's own key, and none came in." : "That is no operator key."} It begins with cso_ and is 76 characters long: type it when asked, or put it into a file and name it in OPERATOR_KEY_FILE. \`countersign operator add NAME\` makes one; \`countersign operator list\` says who has one.`
          : `The file in OPERATOR_KEY_FILE (${path}) holds no operator key. It begins with cso_ and is 76 characters long.`,
      );
}

async function read(path: string): Promise<{ readonly kind: "text"; readonly text: string } | Refused> {
  try {
    if (process.platform !== "win32" && ((await stat(path)).mode & 0o077) !== 0)
      return refused(`Others may read the file in OPERATOR_KEY_FILE. Run: chmod 600 ${path}`);
    return { kind: "text", text: await readFile(path, "utf8") };
  } catch {
    return refused(`The file in OPERATOR_KEY_FILE (${path}) cannot be read.`);
  }
}

/** The same answer for unknown, revoked and not yet active. */
export const unknownOperator = (): Refused =>
  refused("This key is no active operator's. `countersign operator list` says who is one.");
