// One execution, from a consumed nonce to its answer: a bench that ends with its signal, and a tool's own code on it.

import { createHash } from "node:crypto";
import { Fault } from "#kernel";
import type { DoerOutcome, Packet } from "#gateway";
import { TOOL_DECLARATIONS } from "#gateway";
import type { LeaseClient, LeaseScope } from "#leases";
import type { runInSandbox } from "#sandbox/io";
import { canonicalBytes } from "#verifier";
import { LOOK, UNTIL_THEN } from "../entries.ts";
import { Unable, type Bench, type HeldLease, type ToolWork } from "../work.ts";

export interface ExecuteParts {
  readonly leases: Pick<LeaseClient, "ask" | "finish" | "revokeAll">;
  readonly sandbox: typeof runInSandbox;
  readonly onFault: (error: unknown) => void;
}

/** Beside what the sandbox may take: fetching, packing, answering. */
const AROUND_MS = 30_000;
const LEASE_SECONDS = 60;
/** What is stored of a result, and shown to an agent. */
export const RESULT_BYTES = 1024 * 1024;

/** As a kill of one agent or repository finds them (main/controls.ts). */
export const runOf = (packet: Pick<Packet, "call">): string => packet.call;
export const deadlineOf = ({ tool }: Packet): number => TOOL_DECLARATIONS[tool].budget.wallMs + AROUND_MS;

/** `stop`: why it has to end now, when it is aborted. Never throws. */
export async function execute(
  parts: ExecuteParts,
  packet: Packet,
  work: ToolWork,
  stop: AbortSignal,
): Promise<DoerOutcome> {
  const late = AbortSignal.timeout(deadlineOf(packet));
  const signal = AbortSignal.any([stop, late]);
  const ended = new Promise<DoerOutcome>((resolve) => {
    const say = (): void => resolve(cutOff(packet, stop));
    if (stop.aborted) resolve(killedBy(stop));
    else signal.addEventListener("abort", say, { once: true });
  });
  try {
    // INVARIANT 3: whatever the tool waits for, its end is not waited for: its leases die and its sandbox is killed.
    return limited(await Promise.race([ended, attempt(parts, packet, work, signal)]));
  } finally {
    if (signal.aborted) await revoke(parts, packet);
  }
}

const killedBy = ({ reason }: AbortSignal): DoerOutcome => ({ kind: "killed", why: String(reason) });

/** INVARIANT (A1): of what changes something it is not said that nothing was done: its last write may have been taken. */
function cutOff({ tool }: Packet, stop: AbortSignal): DoerOutcome {
  const writes = TOOL_DECLARATIONS[tool].effect === "write";
  const late = "It took longer than the tool may, and was ended.";
  if (!writes) return stop.aborted ? killedBy(stop) : { kind: "failed", why: late };
  return stop.aborted
    ? { kind: "killed", why: `${String(stop.reason)} ${UNTIL_THEN}` }
    : { kind: "unknown", why: `${late} ${UNTIL_THEN}`, next: LOOK };
}

async function attempt(parts: ExecuteParts, packet: Packet, work: ToolWork, signal: AbortSignal): Promise<DoerOutcome> {
  try {
    return await work(benchFor(parts, packet, signal));
  } catch (error) {
    if (error instanceof Unable) {
      if (error.cause !== undefined && !signal.aborted) parts.onFault(error);
      return { kind: "refused", why: error.message, next: error.next };
    }
    // The race is over, and this is what cutting it off looks like from inside.
    if (!signal.aborted) parts.onFault(error);
    return {
      kind: "failed",
      why: error instanceof Fault ? error.message : "The doer met a failure of its own. Its log says which.",
    };
  }
}

/** A result that is too large is a failure that says so: nothing is cut in two behind the agent's back. */
function limited(outcome: DoerOutcome): DoerOutcome {
  if (outcome.kind !== "done") return outcome;
  const { length } = canonicalBytes(outcome.result);
  return length <= RESULT_BYTES
    ? outcome
    : {
        kind: "failed",
        why: `The result has ${length} bytes, more than the ${RESULT_BYTES} that are answered. Ask for less.`,
      };
}

export function resultOf(outcome: DoerOutcome): { readonly hash: string; readonly bytes: number } | null {
  if (outcome.kind !== "done") return null;
  const bytes = canonicalBytes(outcome.result);
  return { hash: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length };
}

function benchFor({ leases, sandbox }: ExecuteParts, packet: Packet, signal: AbortSignal): Bench {
  const whose = { tenant: packet.tenant, run: runOf(packet) };
  return {
    packet,
    signal,
    async lease<T>(scope: LeaseScope, work: (held: HeldLease) => Promise<T>): Promise<T> {
      signal.throwIfAborted();
      const asked = await leases.ask({ ...whose, purpose: packet.tool, scope, seconds: LEASE_SECONDS });
      if (asked.kind === "refused") throw new Unable(asked.why, "A person has to put that right.");
      try {
        return await work({ handle: asked.handle, proxy: asked.proxy });
      } finally {
        // What the broker cannot confirm it goes on ending; the handle is dead either way.
        await leases.finish({ ...whose, handle: asked.handle }).catch(() => null);
      }
    },
    sandbox: (job, input) => sandbox(job, input === undefined ? { signal } : { input, signal }),
  };
}

/** Every lease of this call, whoever still waits for it. The broker that does not answer ends them within their minute. */
async function revoke({ leases, onFault }: ExecuteParts, packet: Packet): Promise<void> {
  await leases.revokeAll({ tenant: packet.tenant, run: runOf(packet) }).catch(onFault);
}
