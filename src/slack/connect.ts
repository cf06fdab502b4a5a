// Which workspace is a client's, said by an operator. INVARIANT: the server's own login cannot: it only reads it.

import sql from "sql-template-tag";
import { enterLog, type Append } from "#audit/io";
import type { Party } from "#audit";
import type { TenantId } from "#kernel";
import { withOperator, type OperatorOptions } from "#platform/postgres";
import { workspaceOf, type Workspace } from "./arrival.ts";

export interface ConnectAccess extends OperatorOptions {
  readonly append: Append;
}

const ID = /^[A-Z0-9]{1,32}$/;
export const isSlackId = (text: string): boolean => ID.test(text);

interface Asker {
  readonly initiator: Party;
  readonly requestId: string;
}

/** null in `workspace`: none any more. The row and its entry are one commit. False: the client is not active. */
export const connectSlack = (
  access: ConnectAccess,
  asked: { readonly tenant: TenantId; readonly workspace: Workspace | null; readonly by: Asker },
): Promise<boolean> =>
  withOperator(access, async (operator) => {
    const tx = await enterLog(operator, asked.tenant);
    if (tx === null) return false;
    const before = await workspaceOf(tx);
    const { workspace } = asked;
    if (workspace === null) await tx.run(sql`delete from inbox.slack_workspace where tenant_id = ${tx.tenantId}`);
    else
      await tx.run(sql`insert into inbox.slack_workspace (tenant_id, team, channels)
        values (${tx.tenantId}, ${workspace.team}, ${[...workspace.channels]}::text[])
        on conflict (tenant_id) do update set team = excluded.team, channels = excluded.channels, connected_at = now()`);
    const shown = (each: Workspace | null) =>
      each === null ? null : { team: each.team, channels: [...each.channels] };
    await access.append(tx, {
      kind: "slack.connect",
      outcome: "success",
      action: workspace === null ? "remove" : "set",
      observer: { type: "app", id: "countersign" },
      initiator: asked.by.initiator,
      target: { type: "tenant", id: tx.tenantId },
      requestId: asked.by.requestId,
      body: { v: 1, before: shown(before), after: shown(workspace) },
    });
    return true;
  });

/** With the operator's rights. null: none, or the client is not active. */
export const connectedSlack = (access: OperatorOptions, tenant: TenantId): Promise<Workspace | null> =>
  withOperator(access, async (operator) => {
    const tx = await enterLog(operator, tenant);
    return tx === null ? null : workspaceOf(tx);
  });
