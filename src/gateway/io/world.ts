// The world that a decision is about, as GitHub, the ledger and the SQL guard show it now.

import { branchesOf, foresee, repositoryNamed, type GateDeps } from "#gate/io";
import { branchName } from "#kernel";
import type { TenantClaim } from "#platform/postgres";
import type { PlannedBranch, PlannedSql } from "../plan.ts";
import type { PlanningWorld } from "./deps.ts";

export interface WorldParts extends Pick<GateDeps, "database" | "github"> {
  /** The first wall alone, in the words of the connection's own server. */
  readonly sql: PlanningWorld["sql"];
  readonly ticket: PlanningWorld["ticket"];
}

export function createWorld(parts: WorldParts): PlanningWorld {
  return {
    repository: (claim, name) => parts.database.withTenant(claim, (tx) => repositoryNamed(tx, name)),
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
    ticket: parts.ticket,
  };
}
