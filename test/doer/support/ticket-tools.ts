// The tools about tickets over the real tickets and the real outbox, on the doer's own login.

import { expect } from "vitest";
import { createAudit } from "#audit/io";
import { createTools } from "#doer/io";
import { pullRequests } from "#gate/io";
import type { DoerOutcome } from "#gateway";
import type { Json } from "#kernel";
import { createTell, receivers } from "#notify/io";
import { enqueue } from "#platform/jobs";
import { NO_RULES } from "#sqlguard";
import { ownPrefix } from "#tenants/io";
import { createTickets } from "#tickets/io";
import { readOutcome } from "../../../src/gateway/io/dispatch/outcome.ts";
import type { Stage } from "../../tickets/stage.ts";
import { doerLab, type Lab } from "./lab.ts";

const no = (): never => expect.unreachable("tickets take no lease");

type TicketTool = "ticket.read" | "ticket.ask" | "ticket.update" | "email.notify";

export interface TicketLab {
  readonly lab: Lab;
  run(tool: TicketTool, args: Json): Promise<DoerOutcome | null>;
  outbox(): Promise<readonly Record<string, unknown>[]>;
}

export function ticketLab({ t, tenant, deps }: Stage): TicketLab {
  const lab = doerLab(t);
  const { append } = createAudit({ keys: lab.keys });
  const tell = createTell(lab.keys, receivers);
  const tickets = createTickets({ ...deps, append, keys: lab.keys, tell, pulls: pullRequests(enqueue) });
  const tools = createTools({
    gitHost: "https://github.example",
    scrub: async (texts) => texts,
    traces: null,
    inTenant: (_, work) => lab.database.withTenant(tenant.claim, work),
    select: {
      leases: { ask: no, redeem: no, finish: no, open: no, revokeAll: no, close: no },
      rulesOf: async () => NO_RULES,
      appendFor: () => async () => null,
    },
    tickets: { tickets, tell, prefix: ownPrefix },
  });
  return {
    lab,
    async run(tool, args) {
      const signed = await lab.sign(tenant, { tool, args });
      await lab.hand(lab.doer({ tools }), tenant, signed);
      expect(lab.faults).toEqual([]);
      return t.db.withTenant(tenant.claim, (tx) => readOutcome(t.keys, tx, lab.packetOf(signed).call));
    },
    outbox: () => t.adminSql("select key, channel from notify.notice order by made_at"),
  };
}
