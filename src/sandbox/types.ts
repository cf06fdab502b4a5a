/** One program to run with nothing of ours in reach. Everything it may touch stands here. */
export interface SandboxJob {
  /** The program and its arguments, as inside: `["/usr/bin/git", "diff"]`. Only what stands under /usr, or in a mount, is there. */
  readonly command: readonly [string, ...string[]];
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Read-only folders and files of the host, each at its place inside. */
  readonly mounts: readonly SandboxMount[];
  readonly budget: SandboxBudget;
}

export interface SandboxMount {
  /** An absolute path of the host. */
  readonly from: string;
  /** An absolute path inside, under /in. */
  readonly at: string;
}

/** Past any of these it is ended. All are whole numbers above 0. */
export interface SandboxBudget {
  readonly wallMs: number;
  /** Of each process. */
  readonly cpuSeconds: number;
  /** Of each process: private memory, bytes. */
  readonly memoryBytes: number;
  /** At once, threads included. */
  readonly processes: number;
  /** Of /work, its one writable place, which is memory and gone afterwards. */
  readonly workBytes: number;
  /** Of its output and its error output together. */
  readonly outputBytes: number;
}

export type SandboxOutcome =
  | {
      readonly kind: "ended";
      /** As a shell would say it: 128 and the signal's number where a signal ended it. */
      readonly status: number;
      readonly out: Uint8Array;
      readonly err: Uint8Array;
    }
  /** It was ended by us; what it had written until then is not given out. */
  | { readonly kind: "over_budget"; readonly of: "wall" | "cpu" | "output" }
  /** The caller's signal: a kill switch, a lease's end. */
  | { readonly kind: "killed" }
  /** It never ran, and nothing ran instead of it. */
  | { readonly kind: "refused"; readonly why: string };

/** Whether this machine can keep a program in. */
export type SandboxState =
  | { readonly kind: "ready"; readonly version: string }
  /** `next`: what to do about it, a sentence. */
  | { readonly kind: "missing"; readonly why: string; readonly next: string };
