import { setTimeout as pause } from "node:timers/promises";
import sql from "sql-template-tag";
import { z } from "zod";
import { prMergeArguments } from "#gateway";
import type { TenantId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { done, unable, type ToolWork } from "../../work.ts";
import { repositoryOf } from "./api.ts";

export const MERGE_CHANNEL = "countersign_merge";
const LOOK_MS = 500;

export type InTenant = <T>(tenant: TenantId, work: (tx: TenantTx) => Promise<T>) => Promise<T | null>;

const askedRow = z.object({
  outcome: z.string().nullable(),
  merge_sha: z.string().nullable(),
  why: z.string().nullable(),
});

/** Asks the merge gate, and waits for what it did. No lease merges: the gate's executor has its own credential, and decides again. */
export const prMerge =
  (inTenant: InTenant): ToolWork =>
  async (bench) => {
    const { packet, signal } = bench;
    const { pull_request: number, head_sha: head } = prMergeArguments.parse(packet.args);
    const { id, name } = repositoryOf(bench);
    await inTenant(packet.tenant, async (tx) => {
      await tx.run(sql`insert into doer.merge (tenant_id, call_id, repository_id, number, head_sha)
        values (${tx.tenantId}, ${packet.call}, ${id}, ${number}, ${head})`);
      await tx.run(sql`select pg_notify(${MERGE_CHANNEL}, '')`);
    });
    for (;;) {
      signal.throwIfAborted();
      const asked = await inTenant(packet.tenant, (tx) =>
        tx.one(
          sql`select outcome, merge_sha, why from doer.merge where tenant_id = ${tx.tenantId} and call_id = ${packet.call}`,
          askedRow,
        ),
      );
      if (asked === null) return { kind: "failed", why: "The client is not active any more." };
      switch (asked.outcome) {
        case null:
          await pause(LOOK_MS, undefined, { signal });
          continue;
        case "success":
        case "recovered":
          return done(`Merged ${name}#${number}.`, { head, merge: asked.merge_sha });
        default:
          return unable(
            asked.why ?? "The merge gate did not merge it.",
            "Read the check countersign of the pull request.",
          );
      }
    }
  };
