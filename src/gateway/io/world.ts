// The world that a decision is about, as GitHub, the ledger and the SQL guard and the tickets show it now.

import { branchesOf, foresee, repositoryNamed, type GateDeps } from "#gate/io";
import { branchName } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { ownPrefix } from "#tenants/io";
import { customerAddress, shippedFor, ticketNamed } from "#tickets";
import type { Tickets } from "#tickets/io";
import type { PlannedBranch, PlannedTicket } from "../plan.ts";
import type { PlanningWorld } from "./deps.ts";

export interface WorldParts extends Pick<GateDeps, "database" | "github"> {
  /** The first wall alone, in the words of the connection's own server. */
  readonly sql: PlanningWorld["sql"];
  /** null: this program keeps no tickets. */
  readonly tickets: Pick<Tickets, "read"> | null;
}

export function createWorld(parts: WorldParts): PlanningWorld {
  return {
    repository: repositoryNamed,
    async branch(repository, name): Promise<PlannedBranch> {
      const branches = await branchesOf(parts, repository);
      const branch = branchName(name);
      const guarded = branch === null ? "unknown" : branches.isGuarded(branch);
      // INVARIANT (23): a branch that others' work goes into is production, whatever it is called.
      const production = branches.isDefault(name) || guarded === true || branches.bases.some((base) => base === name);
      return {
        standing: production ? "production" : guarded === "unknown" ? "unknown" : "topic",
        production: branches.bases,
      };
    },
    async pull(claim, repository, number) {
      const found = await foresee(parts, claim, repository, number);
      if (found === null) return null;
      const { head, base, open, decision, says } = found;
      return {
        head,
        base,
        open,
        gate: decision === "pass" ? "passed" : decision === "fail" ? "failed" : "unknown",
        says,
      };
    },
    sql: parts.sql,
    ticket: (claim, named) => parts.database.withTenant(claim, (tx) => ticketOf(parts, tx, named)),
  };
}

async function ticketOf({ tickets }: WorldParts, tx: TenantTx, named: string): Promise<PlannedTicket | null> {
  const ref = ticketNamed(named, await ownPrefix(tx));
  const ticket = ref === null || tickets === null ? null : await tickets.read(tx, ref);
  if (ticket === null) return null;
  const { name, state, suspected } = ticket;
  return {
    ticket: ticket.ticket,
    name,
    state,
    suspected,
    customer: customerAddress(ticket),
    shipped: shippedFor(ticket),
  };
}
