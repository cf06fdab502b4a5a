// Whether this machine can keep a program in: tried, not read off version numbers.

import { access, constants } from "node:fs/promises";
import { readProgram } from "#platform/process";
import type { SandboxJob, SandboxState } from "../types.ts";
import { BWRAP, runInSandbox } from "./run.ts";

const MEGABYTE = 2 ** 20;
const HELD = "held";

/** Each line is a way out that has to be shut; the first one that is open is said. */
const WAYS_OUT = `
test ! -e /etc || { echo "it sees the host's files"; exit; }
( : > /usr/written ) 2>/dev/null && { echo "it can write to /usr"; exit; }
unshare -U true 2>/dev/null && { echo "it can make a namespace of its own: the filter of system calls is not in force"; exit; }
test "$(id -u)" = 65534 || { echo "it keeps its user"; exit; }
test "$(env)" = "PWD=/work" || { echo "it has an environment: $(env | cut -d= -f1 | tr '\\n' ' ')"; exit; }
echo ${HELD}`;

const PROBE: SandboxJob = {
  command: ["/bin/sh", "-c", WAYS_OUT],
  environment: {},
  mounts: [],
  budget: {
    wallMs: 10_000,
    cpuSeconds: 5,
    memoryBytes: 64 * MEGABYTE,
    processes: 16,
    workBytes: MEGABYTE,
    outputBytes: 10_000,
  },
};

export async function probeSandbox(): Promise<SandboxState> {
  try {
    await access(BWRAP, constants.X_OK);
  } catch {
    return {
      kind: "missing",
      why: `${BWRAP} is not there, or cannot be run.`,
      next: "Install bubblewrap (Debian: apt-get install bubblewrap), on Linux.",
    };
  }
  const outcome = await runInSandbox(PROBE);
  const said = outcome.kind === "ended" ? new TextDecoder().decode(outcome.out).trim() : "";
  if (said === HELD) {
    const version = await readProgram({ program: BWRAP, args: ["--version"], env: {} });
    return { kind: "ready", version: version.kind === "ended" ? version.out.toString("utf8").trim() : "bubblewrap" };
  }
  const next =
    "Allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1; in a container: a seccomp profile that permits unshare and mount).";
  switch (outcome.kind) {
    case "refused":
      return { kind: "missing", why: outcome.why, next };
    case "over_budget":
    case "killed":
      return { kind: "missing", why: "A program in it did not come to its end.", next };
    case "ended":
      return {
        kind: "missing",
        why: `A program in it was not kept in: ${said === "" ? `status ${outcome.status}` : said}.`,
        next,
      };
  }
}
