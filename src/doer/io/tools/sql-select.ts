import type { NewEntry } from "#audit";
import { sqlSelectArguments, type Packet } from "#gateway";
import { Fault, type EntryId, type Json } from "#kernel";
import type { LeaseClient } from "#leases";
import type { ClientRules } from "#sqlguard";
import { connectionsOnLease, createSelect, type Selected } from "#sqlguard/io";
import { done, unable, type ToolAnswer, type ToolWork } from "../../work.ts";
import { runOf } from "../execute.ts";

export interface SelectParts {
  readonly leases: LeaseClient;
  /** The client's own masks and functions; a sentence where its file cannot be understood. */
  readonly rulesOf: (packet: Packet) => Promise<ClientRules | string>;
  /** null: the client is not active any more, and its log took nothing. */
  readonly appendFor: (packet: Packet) => (entry: NewEntry) => Promise<EntryId | null>;
}

export const sqlSelect =
  ({ leases, rulesOf, appendFor }: SelectParts): ToolWork =>
  async ({ packet, signal }) => {
    const { connection, statement } = sqlSelectArguments.parse(packet.args);
    const rules = await rulesOf(packet);
    if (typeof rules === "string") return unable(rules, "Ask a person to put the client's file right.");
    const run = runOf(packet);
    const append = appendFor(packet);
    const select = createSelect({
      rules,
      connectionNamed: connectionsOnLease(leases, { tenant: packet.tenant, run, purpose: packet.tool }),
      // INVARIANT 20: what is on nobody's record is shown to nobody.
      async append(entry) {
        if ((await append(entry)) === null)
          throw new Fault("tenant_inactive", "The client is not active any more: its log takes no entry.");
      },
    });
    return answered(
      await select({
        connection,
        sql: statement,
        signal,
        initiator: { type: "agent", id: packet.agent },
        target: { type: "tenant", id: packet.tenant },
        requestId: packet.call,
      }),
    );
  };

function answered(selected: Selected): ToolAnswer {
  switch (selected.kind) {
    case "no_connection":
      return unable(selected.why, "Name a connection that the client has sealed.");
    case "denied":
      return unable(
        selected.refusals.map(({ says, instead }) => `${says} ${instead}`).join(" "),
        "Write a statement that only reads.",
      );
    case "failed":
      return unable(
        `The database refused it: ${selected.error.says} (${selected.error.sqlState}).`,
        "Change the statement.",
      );
    case "lost":
      return { kind: "failed", why: selected.why };
    case "rows": {
      const { columns, rows, truncated, cutCells } = selected.result;
      const result: Json = {
        untrusted: "database",
        columns: columns.map(({ name, masked }) => ({ name, masked: masked === true })),
        rows: rows.map((row) => [...row]),
        truncated,
        cutCells,
      };
      return done(`${rows.length} rows${truncated === null ? "" : ", and there are more"}.`, result);
    }
  }
}
