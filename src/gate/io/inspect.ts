// What GitHub enforces on each repository of a tenant now, for `doctor`: read, and nothing written.

import type { TenantClaim } from "#platform/postgres";
import { Fault, known, unknown, type Known } from "#kernel";
import { protectionOf, type Protection } from "../protection.ts";
import type { GateDeps } from "./deps.ts";
import { repositories, type Repository } from "./ledger.ts";
import { readOpen } from "./reconcile/open.ts";

export interface Inspected {
  readonly name: string;
  /** Of the default branch. */
  readonly protection: Known<Protection>;
}

export async function inspect(
  deps: Pick<GateDeps, "database" | "github">,
  claim: TenantClaim,
): Promise<readonly Inspected[]> {
  const all = await deps.database.withTenant(claim, repositories);
  return Promise.all(
    all.map(async (repository) => ({ name: repository.name, protection: await protectionNow(deps, repository) })),
  );
}

async function protectionNow({ github }: Pick<GateDeps, "github">, repository: Repository): Promise<Known<Protection>> {
  try {
    const live = await readOpen(github.installation(repository.installation, repository.id, "read"), repository);
    if (live.defaultBranch === null) return unknown("the repository has no default branch yet");
    if (!live.rulesets.complete) return unknown(live.rulesets.why);
    return known(protectionOf({ name: live.defaultBranch, isDefault: true }, live.rulesets.items, github.appId));
  } catch (error) {
    if (error instanceof Fault) return unknown(error.message);
    throw error;
  }
}
