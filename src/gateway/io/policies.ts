// The rules in force for each tenant: read from its folder, kept while nothing in it changes.

import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { Fault, type TenantId } from "#kernel";
import type { Engine } from "#policy";
import { openAbove, openPolicy, readConstitution, readFolder } from "#policy/io";
import type { Policies } from "./deps.ts";

interface Kept {
  /** What the folder looked like. */
  readonly mark: string;
  /** null: its rules are refused, and none were in force before. */
  readonly engine: Engine | null;
}

export interface PoliciesParts {
  /** CLIENTS_DIR; null: tenants have no rules of their own here. */
  readonly clientsDir: string | null;
  /** In place of Countersign's own rules; null: those decide. */
  readonly chosen: Engine | null;
  /** The tenant's rules are not loaded; those from before stay. */
  readonly onRefused: (tenant: TenantId, findings: readonly string[]) => void;
}

export function createPolicies({ clientsDir, chosen, onRefused }: PoliciesParts): Policies {
  // By tenant. INVARIANT (21): a tenant's rules are found under its own id only.
  const kept = new Map<TenantId, Kept>();
  return {
    async engineFor(tenant, prefix) {
      const dir = clientsDir === null ? null : join(clientsDir, prefix, "constitution");
      const mark = dir === null ? "none" : await markOf(dir);
      const before = kept.get(tenant);
      if (before?.engine != null && before.mark === mark) return before.engine;
      // A folder that is gone (a disk that is not mounted) does not take the tenant's rules with it while this process remembers them.
      if (before?.engine != null && mark === "none") return before.engine;
      const folder = dir === null || mark === "none" ? null : await readFolder(dir, "tenant");
      const constitution = await readConstitution(folder);
      const opened = chosen === null ? openPolicy(tenant, constitution) : openAbove(tenant, chosen, constitution);
      if (opened.kind === "refused")
        onRefused(
          tenant,
          opened.findings.map(({ file, says }) => `${file}: ${says}`),
        );
      // What does not load changes nothing: a mistake in a file must not switch rules off, nor a tenant.
      const engine = opened.kind === "loaded" ? opened.engine : (before?.engine ?? null);
      kept.set(tenant, { mark, engine });
      if (engine !== null) return engine;
      throw new Fault(
        "config_invalid",
        "The tenant's rules are refused, and none were in force before. See: countersign policy check",
      );
    },
  };
}

/** Names, sizes and times: whatever is edited has another one. */
async function markOf(dir: string): Promise<string> {
  const names = await readdir(dir).catch(() => null);
  if (names === null) return "none";
  const stats = await Promise.all(
    names.toSorted().map(async (name) => {
      const at = await lstat(join(dir, name), { bigint: true }).catch(() => null);
      return at === null ? name : `${name} ${at.size} ${at.mtimeNs} ${at.ctimeNs} ${at.ino}`;
    }),
  );
  return stats.join("\n");
}
