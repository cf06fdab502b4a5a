import type { TenantTx } from "#platform/postgres";
import type { Row } from "./rows.ts";
import type { ApprovalsDeps, Decision } from "./types.ts";

export async function propose(
  _deps: ApprovalsDeps,
  _tx: TenantTx,
  _row: Row,
  _decision: Decision,
): Promise<string | null> {
  return null;
}
