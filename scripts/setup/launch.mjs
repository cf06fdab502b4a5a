import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { setUp } from "./index.mjs";
import { describe } from "./problem.mjs";

/** Progress goes to stderr: stdout belongs to the program's result. */
const say = (/** @type {string} */ line) => process.stderr.write(`countersign: ${line}\n`);

/**
 * Sets up when needed, then hands the terminal to the pinned Node: same standard streams, signals passed on, its exit code is ours.
 * @param {string} root
 * @param {readonly string[]} args of Node
 * @param {{ before?: () => void | Promise<void>, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>} the exit code
 */
export async function launch(root, args, { before, env = process.env } = {}) {
  try {
    const { node } = await setUp({ root, say });
    await before?.();
    // Types are stripped and code is compiled once, not at every start; where the folder may not be written to, Node goes without.
    return await run(node, args, { NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "node"), ...env });
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    return 1;
  }
}

/**
 * @param {string} file
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>}
 */
function run(file, args, env) {
  return new Promise((resolve, reject) => {
    // Of a crash no image of the memory is kept: tokens and keys are in it. The limit is inherited by whatever the program starts.
    const [first, ...rest] =
      process.platform === "win32" ? [file, ...args] : ["/bin/sh", "-c", 'ulimit -c 0; exec "$0" "$@"', file, ...args];
    const child = spawn(first, rest, { stdio: "inherit", env });
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
      process.on(signal, () => {
        // A terminal's Ctrl-C reaches the child by itself; passing it on as well would read as "the second Ctrl-C: stop at once".
        if (signal !== "SIGINT" || process.stdin.isTTY !== true) child.kill(signal);
      });
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
