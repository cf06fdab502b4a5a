import { dirname } from "node:path";
import { shellTestArguments, TOOL_DECLARATIONS } from "#gateway";
import { done, unable, type ToolWork } from "../../work.ts";
import { withCheckout } from "./checkout.ts";
import { told } from "./told.ts";

/** Of each stream, from its end: where a test runner says what failed. */
const SHOWN = 48 * 1024;
const NODE = "/in/node";

/** The tree is written out inside, in memory; what the tests write is gone with it. */
const script = (commit: string): string => `set -e
mkdir tree && cd tree
git archive --format=tar ${commit} | tar -x
unset GIT_DIR
exec /bin/sh -c "$COUNTERSIGN_COMMAND"`;

export const shellTest =
  (host: string): ToolWork =>
  async (bench) => {
    const { ref, command } = shellTestArguments.parse(bench.packet.args);
    const { budget } = TOOL_DECLARATIONS["shell.test"];
    return withCheckout(bench, { names: [ref ?? "HEAD"], host, depth: 1 }, async ({ run, commits: [commit = ""] }) => {
      const outcome = await run(["/bin/sh", "-c", script(commit)], budget, {
        // Node as this program has it: /usr may have none, or an old one.
        mounts: [{ from: dirname(process.execPath), at: NODE }],
        environment: {
          PATH: `/usr/local/bin:/usr/bin:/bin:${NODE}`,
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
            dependencies: "none were installed: what the repository itself holds is there, and nothing else",
            missing: outcome.status === 127 ? "a program that the command needs is not in the sandbox" : null,
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

const end = (bytes: Uint8Array): string => new TextDecoder("utf-8").decode(bytes.subarray(-SHOWN));
