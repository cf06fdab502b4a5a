import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { shellTestArguments, TOOL_DECLARATIONS } from "#gateway";
import type { SandboxMount } from "#sandbox";
import { done, unable, type ToolWork } from "../../work.ts";
import { outputOf, withCheckout, type Checkout } from "./checkout.ts";
import { told } from "./told.ts";

/** Of each stream, from its end: where a test runner says what failed. */
const SHOWN = 48 * 1024;
const NODE = "/in/node";
const DEPENDENCIES = "/in/dependencies";
const { budget } = TOOL_DECLARATIONS["shell.test"];

/**
 * The tree is written out inside, in memory; what the tests write is gone with it. INVARIANT (24): bash runs what was read by bash's grammar. To
 * another shell `((cat x))` is a command, and the line behind a `$'E'` in the middle of a text, too.
 */
const script = (commit: string): string => `set -e
mkdir tree && cd tree
git archive --format=tar ${commit} | tar -x
if test -d ${DEPENDENCIES}/node_modules && ! test -e node_modules; then ln -s ${DEPENDENCIES}/node_modules node_modules; fi
unset GIT_DIR
exec /bin/bash --noprofile --norc -c "$COUNTERSIGN_COMMAND"`;
/** Nothing where there is none. */
const lockHash = (commit: string): string =>
  `git cat-file -e ${commit}:package-lock.json 2>/dev/null || exit 0; git show ${commit}:package-lock.json | sha256sum`;

interface Dependencies {
  readonly says: string;
  /** They are named, and nobody has put them here. */
  readonly missing: boolean;
  readonly mounts: readonly SandboxMount[];
}

/** INVARIANT: by the lock file's bytes alone, which say what is in it to the last byte: no other repository's, and no agent's own choice. */
async function dependenciesOf(run: Checkout["run"], commit: string, folder: string | null): Promise<Dependencies> {
  const [key] = /^[0-9a-f]{64}/.exec(outputOf(await run(["/bin/sh", "-c", lockHash(commit)], budget))) ?? [];
  if (key === undefined)
    return {
      says: "there is no package-lock.json: what the repository itself holds is there, and nothing else",
      missing: false,
      mounts: [],
    };
  const from = join(folder ?? "", key);
  const there = folder !== null && (await access(join(from, "node_modules")).then(() => true, () => false)); // prettier-ignore
  return there
    ? { says: `those of package-lock.json ${key}, read-only`, missing: false, mounts: [{ from, at: DEPENDENCIES }] }
    : {
        says: `none: nobody has put those of package-lock.json ${key} into DEPENDENCIES_DIR (docs/doer.md), so what the repository itself holds is there, and nothing else`,
        missing: true,
        mounts: [],
      };
}

export const shellTest =
  (host: string, folder: string | null): ToolWork =>
  async (bench) => {
    const { ref, command } = shellTestArguments.parse(bench.packet.args);
    return withCheckout(bench, { names: [ref ?? "HEAD"], host, depth: 1 }, async ({ run, commits: [commit = ""] }) => {
      const dependencies = await dependenciesOf(run, commit, folder);
      const outcome = await run(["/bin/sh", "-c", script(commit)], budget, {
        // Node as this program has it: /usr may have none, or an old one.
        mounts: [{ from: dirname(process.execPath), at: NODE }, ...dependencies.mounts],
        environment: {
          PATH: `${NODE}:/usr/local/bin:/usr/bin:/bin`,
          CI: "1",
          COUNTERSIGN_COMMAND: command,
          npm_config_offline: "true",
          npm_config_update_notifier: "false",
        },
      });
      switch (outcome.kind) {
        case "ended":
          return done(`${JSON.stringify(command)} ended with status ${outcome.status} at ${commit.slice(0, 12)}.`, {
            commit,
            status: outcome.status,
            passed: outcome.status === 0,
            out: told("tool_result", end(outcome.out)),
            err: told("tool_result", end(outcome.err)),
            dependencies: dependencies.says,
            missing: missing(outcome.status, dependencies),
          });
        case "over_budget":
          return unable(`The tests were ended: over their budget of ${outcome.of}.`, "Run fewer of them.");
        case "killed":
          return { kind: "failed", why: "The tests were stopped." };
        case "refused":
          return unable(outcome.why, "A person has to put the sandbox right: countersign doctor");
      }
    });
  };

/** What a failure may be owed to, other than the change. */
function missing(status: number, dependencies: Dependencies): string | null {
  if (status === 0) return null;
  if (dependencies.missing)
    return "the project's dependencies are not here: ask a person to put them there before you take this for a failed test";
  return status === 127 ? "a program that the command needs is not in the sandbox" : null;
}

const end = (bytes: Uint8Array): string => new TextDecoder("utf-8").decode(bytes.subarray(-SHOWN));
