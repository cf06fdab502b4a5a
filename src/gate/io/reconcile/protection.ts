// Whether GitHub still enforces the gate on the production branches. Rules have vanished before without a webhook (F04).

import type { BranchName, PrNumber } from "#kernel";
import { protectionOf } from "../../protection.ts";
import type { GateDeps } from "../deps.ts";
import type { Ground } from "../evaluate.ts";
import { closeIncident, raiseIncident } from "../incidents.ts";
import type { KnownPull, Repository } from "../ledger.ts";
import type { Live } from "./open.ts";

/** The open pull requests whose verdict does not know yet what the rules are now. */
export async function watchProtection(
  deps: GateDeps,
  { inTenant }: Ground,
  repository: Repository,
  live: Live,
  branches: readonly BranchName[],
  ledger: readonly KnownPull[],
): Promise<readonly PrNumber[]> {
  // Rules that could not be read are no rules that are gone; each verdict says "error" by itself.
  if (!live.rulesets.complete) return [];
  const stale: PrNumber[] = [];
  for (const name of branches) {
    const { sound, defects } = protectionOf(
      { name, isDefault: name === live.defaultBranch },
      live.rulesets.items,
      deps.github.appId,
    );
    await inTenant(async (tx) => {
      if (sound) return closeIncident(tx, repository.id, "unprotected", name);
      await raiseIncident(deps, tx, {
        repositoryId: repository.id,
        kind: "unprotected",
        subject: name,
        number: null,
        detail: defects.join(" "),
      });
    });
    stale.push(
      ...ledger
        .filter(
          (p) =>
            p.state === "open" &&
            p.baseRef === name &&
            p.decision !== null &&
            p.reasons.includes("unprotected") === sound,
        )
        .map((p) => p.number),
    );
  }
  return stale;
}
