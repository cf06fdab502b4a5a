// The names of files: the same for an exported directory, a WORM bucket and the HTTP endpoints (docs/audit-format.md).

import { entriesPath, tilePath, TILE_WIDTH, type Tile } from "./tile.ts";

/** The log of a tenant (a UUID in lower case); the platform's own is one of them. */
export interface TenantLog {
  readonly kind: "tenant";
  readonly id: string;
}
/** The one public log of epochs, or a tenant's. */
export type Log = { readonly kind: "epochs" } | TenantLog;

export const EPOCHS: Log = { kind: "epochs" };
export const tenantLog = (id: string): TenantLog => ({ kind: "tenant", id });

/** Files and SHA-256 of an export; not signed: what it says is only compared. */
export const MANIFEST = "manifest.json";

export const logFolder = (log: Log): string => (log.kind === "epochs" ? "epochs" : `t/${log.id}`);
export const originOf = (base: string, log: Log): string => `${base}/${logFolder(log)}`;

/** `<base>` of an epoch log's origin; null when the name is none. */
export function baseOf(origin: string): string | null {
  const suffix = `/${logFolder(EPOCHS)}`;
  return origin.endsWith(suffix) && origin.length > suffix.length ? origin.slice(0, -suffix.length) : null;
}

export const checkpointFile = (log: Log): string => `${logFolder(log)}/checkpoint`;
export const tileFile = (log: Log, tile: Tile): string => `${logFolder(log)}/${tilePath(tile)}`;
export const entriesFile = (log: Log, n: number, width: number): string => `${logFolder(log)}/${entriesPath(n, width)}`;

/** What stands beside the log, in groups of 256 like its entries: `bodies/<N>[.p/<W>]`, `keys/…`, `slots/…`. */
export type Beside = "bodies" | "keys" | "slots";
export const besideFile = (tenant: string, what: Beside, n: number, width: number): string =>
  `${logFolder(tenantLog(tenant))}/${entriesPath(n, width).replace(/^tile\/entries\//, `${what}/`)}`;

/** How many of the group's places exist when there are `count` in all. */
export const groupWidth = (n: number, count: number): number =>
  Math.max(0, Math.min(TILE_WIDTH, count - n * TILE_WIDTH));

/** Nothing longer is read: a source is as hostile as whoever serves it. Bytes. */
export const fileLimits = {
  checkpoint: 1_000_000,
  tile: 8_192,
  entries: 256 * (65_535 + 2),
  bodies: 512 * 1024 * 1024,
  keys: 256 * 1024,
  slots: 4 * 1024 * 1024,
  manifest: 64 * 1024 * 1024,
} as const;
