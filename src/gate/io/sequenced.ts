import { Fault } from "#kernel";
import type { EntryId } from "#kernel";
import type { GateDeps } from "./deps.ts";
import type { Ground } from "./evaluate.ts";

const LATER_MS = 30_000;

/**
 * INVARIANT: nothing that cannot be taken back is asked of GitHub before its intent has its place in the log. A commit alone can be
 * lost with the database's newest rows (a failover, synchronous_commit past its guard), and then nobody would miss the intent.
 */
export async function demandSequenced(
  deps: Pick<GateDeps, "sequenced">,
  { claim }: Pick<Ground, "claim">,
  intent: EntryId,
  act: "The merge" | "The revert",
): Promise<void> {
  if (await deps.sequenced(claim, intent)) return;
  throw new Fault(
    "log_unavailable",
    `${act} waits: the audit log has not given its intent a place yet, so nothing was asked of GitHub. It is tried again by itself.`,
    { retryAfterMs: LATER_MS },
  );
}
