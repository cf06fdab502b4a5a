import { fileURLToPath } from "node:url";

/** Numbered plain SQL, at the root of the package. */
export const migrationsDir: string = fileURLToPath(new URL("../../../migrations", import.meta.url));

export const ownerRole = "countersign_owner";
export const appRole = "countersign_app";
export const operatorRole = "countersign_operator";

/** tenancy.md 2.1, plus the operator. None logs in by itself and none is a superuser. */
export const roles: readonly { readonly name: string; readonly bypassRls: boolean }[] = [
  { name: ownerRole, bypassRls: false },
  { name: appRole, bypassRls: false },
  { name: operatorRole, bypassRls: false },
  { name: "countersign_doer", bypassRls: false },
  { name: "countersign_broker", bypassRls: false },
  { name: "countersign_scheduler", bypassRls: false },
  { name: "countersign_sequencer", bypassRls: false },
  { name: "countersign_eraser", bypassRls: false },
  // Read hashes of, and look for leftovers in, every tenant: row-level security would hide exactly what they look for.
  { name: "countersign_verifier", bypassRls: true },
  { name: "countersign_auditor", bypassRls: true },
];
