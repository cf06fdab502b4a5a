import sql from "sql-template-tag";
import { z } from "zod";
import type { Statements } from "#platform/postgres";
import type { LogName, StoredCheckpoint } from "../proof.ts";

const row = z.object({ epoch: z.int(), size: z.int(), note: z.string() });

/** The newest signed head of a log, of this epoch or before it; null while there is none. */
export const readCheckpoint = (
  tx: Statements,
  log: LogName,
  upTo: number = Number.MAX_SAFE_INTEGER,
): Promise<StoredCheckpoint | null> =>
  tx.maybe(
    log.kind === "epochs"
      ? sql`select epoch, epoch + 1 as size, note from audit.checkpoint where epoch <= ${upTo} order by epoch desc limit 1`
      : sql`select epoch, size, note from audit.tenant_checkpoint where tenant_id = ${log.tenantId} and epoch <= ${upTo} order by epoch desc limit 1`,
    row,
  );
