// What other rooms may ask of pull requests: how one stands, and that its check run is looked at again.

import sql from "sql-template-tag";
import { z } from "zod";
import type { PrNumber, RepositoryId } from "#kernel";
import type { Enqueue } from "#platform/jobs";
import type { TenantTx } from "#platform/postgres";
import type { PullRequests } from "#tickets/io";
import { shaColumn } from "./columns.ts";
import { publishJob } from "./tasks.ts";

const thatPull = (tx: TenantTx, repository: RepositoryId, number: PrNumber) =>
  sql`tenant_id = ${tx.tenantId} and repository_id = ${repository} and number = ${number}`;

export const pullRequests = (enqueue: Enqueue): PullRequests => ({
  state: async (tx, repository, number) =>
    (
      await tx.maybe(
        sql`select state from gate.pull_request where ${thatPull(tx, repository, number)}`,
        z.object({ state: z.enum(["open", "closed", "merged"]) }),
      )
    )?.state ?? null,
  async refresh(tx, repository, number) {
    const head = await tx.maybe(
      sql`select head_sha from gate.pull_request
        where ${thatPull(tx, repository, number)} and state = 'open' and head_sha is not null`,
      z.object({ head_sha: shaColumn }),
    );
    if (head !== null) await enqueue(tx, publishJob(tx.tenantId, repository, head.head_sha));
  },
});
