import { readFile, stat } from "node:fs/promises";
import type { ServeStdio } from "#cli";
import { isKeyText } from "#identity";
import { serveOverStdio } from "#mcp";
import { refused } from "./refused.ts";
import { build } from "./sequencer.ts";

const OTHERS = 0o077;

/** Standard output is the protocol's: whatever is to be said to a person goes to `say`. */
export const serveMcp =
  (say: (line: string) => void): ServeStdio =>
  async ({ url, keyFile, repository }) => {
    const found = await stat(keyFile).catch(() => null);
    if (found === null || !found.isFile()) return refused(`There is no file ${keyFile}.`);
    if ((found.mode & OTHERS) !== 0)
      return refused(`Others can read ${keyFile}. Make it yours alone first: chmod 600 ${keyFile}`);
    const key = (await readFile(keyFile, "utf8")).trim();
    if (!isKeyText(key))
      return refused(`${keyFile} has no agent's key in it. \`countersign agent key\` makes one: csk_ and 72 digits.`);
    await serveOverStdio({
      url,
      key,
      repository,
      directory: process.cwd(),
      version: build().version,
      fetch,
      onError: (error) => say(`countersign mcp: ${error.message}`),
    });
    return { kind: "ended" };
  };
