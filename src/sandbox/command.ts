// From a job to bubblewrap's arguments. Nothing of the host is inside but /usr, the mounts, and an empty /work in memory.

import type { SandboxBudget, SandboxJob } from "./types.ts";

/** The descriptors on which bubblewrap finds the filter of system calls, and says which process of the host the sandbox is. */
export const FILTER_FD = 3;
export const INFO_FD = 4;

const NOBODY = "65534";
/** Open files; no core, which would be a copy of its memory on a disk. */
const DESCRIPTORS = 256;
const AFTER_MS = 5_000;
const PLACE = /^\/in(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/;
const ABSOLUTE = /^\/[^\0]*$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

export type SandboxCommand =
  | { readonly kind: "command"; readonly args: readonly string[] }
  | { readonly kind: "refused"; readonly why: string };

/** Arguments for bwrap, whose own are separated from the job's by `--`: no word of a job is ever an option. */
export function sandboxCommand(job: SandboxJob): SandboxCommand {
  const why = problemOf(job);
  if (why !== null) return { kind: "refused", why };
  const memory = ["--size", String(job.budget.workBytes), "--tmpfs"];
  const options = [
    ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"],
    ["--uid", NOBODY, "--gid", NOBODY, "--hostname", "sandbox"],
    ["--ro-bind", "/usr", "/usr"],
    ...["bin", "sbin", "lib", "lib64"].map((name) => ["--symlink", `usr/${name}`, `/${name}`]),
    ["--dev", "/dev", ...memory, "/work", ...memory, "/tmp"],
    ...job.mounts.map(({ from, at }) => ["--ro-bind", from, at]),
    // Its root and /dev are in memory, without a bound: closed before the program begins.
    ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/work"],
    ...Object.entries(job.environment).map(([name, value]) => ["--setenv", name, value]),
    ["--seccomp", String(FILTER_FD), "--info-fd", String(INFO_FD)],
  ];
  return { kind: "command", args: [...options.flat(), "--", ...limits(job.budget), ...job.command] };
}

/** Set inside, in the sandbox's own user namespace: outside, the limit of processes would count our own. */
const limits = ({ wallMs, cpuSeconds, memoryBytes, processes, workBytes }: SandboxBudget): readonly string[] => [
  "/usr/bin/prlimit",
  // Past the first number SIGXCPU says which budget it was; past the second there is no catching it.
  `--cpu=${cpuSeconds}:${cpuSeconds + 1}`,
  `--data=${memoryBytes}`,
  `--nproc=${processes}`,
  `--fsize=${workBytes}`,
  `--nofile=${DESCRIPTORS}`,
  "--core=0",
  "--memlock=0",
  "--msgqueue=0",
  "--",
  // For the moment in which we die ourselves before bubblewrap has asked to die with us: then this is what ends it.
  "/usr/bin/timeout",
  "--foreground",
  "--signal=KILL",
  `${(wallMs + AFTER_MS) / 1000}`,
];

function problemOf({ command, environment, mounts, budget }: SandboxJob): string | null {
  const [odd] = Object.entries(budget).filter(([, value]) => !Number.isSafeInteger(value) || value < 1);
  if (odd !== undefined) return `The budget ${odd[0]} has to be a whole number above 0.`;
  if (!ABSOLUTE.test(command[0])) return `The program has to be an absolute path inside the sandbox: ${command[0]}`;
  if ([...command, ...Object.values(environment)].some((word) => word.includes("\0")))
    return "A word with a NUL byte cannot be given to a program.";
  const [name] = Object.keys(environment).filter((key) => !NAME.test(key));
  if (name !== undefined) return `${name} is no name of an environment variable.`;
  for (const { from, at } of mounts) {
    if (!ABSOLUTE.test(from)) return `A mount is an absolute path of the host: ${from}`;
    if (!PLACE.test(at)) return `A mount's place is under /in, in letters, digits, dots and dashes: ${at}`;
  }
  return null;
}
