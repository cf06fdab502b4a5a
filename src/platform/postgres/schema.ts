import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Fault } from "#kernel";
import type { ServiceRole } from "./types.ts";

/** Numbered plain SQL, at the root of the package. */
export const migrationsDir: string = fileURLToPath(new URL("../../../migrations", import.meta.url));

/** The names this program knows, in their order. */
export function knownMigrations(): readonly string[] {
  return readdirSync(migrationsDir)
    .filter((file) => file.endsWith(".sql"))
    .map((file) => file.slice(0, -".sql".length))
    .toSorted();
}

/** An older program must not touch what a newer one has made. */
export function refuseNewer(applied: readonly string[]): void {
  const known = knownMigrations();
  const newer = applied.filter((name) => !known.includes(name));
  if (newer.length > 0)
    throw new Fault(
      "schema_mismatch",
      `The database is newer than this program: it has ${newer.join(", ")}. Update Countersign.`,
    );
}

export const ownerRole = "countersign_owner";
export const appRole = "countersign_app";
export const brokerRole = "countersign_broker";
export const doerRole = "countersign_doer";
export const operatorRole = "countersign_operator";
export const eraserRole = "countersign_eraser";
export const guardRole = "countersign_guard";
/** Owns what claims tickets that are due, of every client: ids and instants, nothing that anybody wrote. */
export const schedulerRole = "countersign_scheduler";

export const roleNames: Readonly<Record<ServiceRole, string>> = {
  sequencer: "countersign_sequencer",
  verifier: "countersign_verifier",
  auditor: "countersign_auditor",
};
export const serviceRoles: readonly ServiceRole[] = ["sequencer", "verifier", "auditor"];

/** tenancy.md 2.1, plus the operator. None logs in by itself and none is a superuser. */
export const roles: readonly { readonly name: string; readonly bypassRls: boolean }[] = [
  { name: ownerRole, bypassRls: false },
  { name: appRole, bypassRls: false },
  { name: operatorRole, bypassRls: false },
  // Of who executes what the gateway has signed (src/doer).
  { name: doerRole, bypassRls: false },
  // Of the lease broker (src/leases).
  { name: brokerRole, bypassRls: false },
  { name: schedulerRole, bypassRls: false },
  { name: "countersign_sequencer", bypassRls: false },
  { name: eraserRole, bypassRls: false },
  // Owns what watches the guards: not the app, not the owner of the tables.
  { name: guardRole, bypassRls: false },
  // Read hashes of, and look for leftovers in, every tenant: row-level security would hide exactly what they look for.
  { name: "countersign_verifier", bypassRls: true },
  { name: "countersign_auditor", bypassRls: true },
];
