// A client as text: a line of the list, a page of its own, JSON.

import { iso, type Instant } from "#kernel";
import type { ListedSecret } from "./secret.ts";

export interface ListedTenant {
  readonly prefix: string;
  readonly id: string;
  readonly state: "active" | "suspended" | "purging" | "purged";
  readonly region: string;
  /** Its place in the audit log's tree of tenants. */
  readonly slot: number;
  readonly installations: readonly number[];
  /** Those of them that are suspended or uninstalled at GitHub. */
  readonly lost: readonly { readonly installation: number; readonly state: "suspended" | "gone" }[];
  /** Neither revoked nor expired. */
  readonly apiKeys: number;
  readonly since: Instant;
  readonly suspendedSince: Instant | null;
  /** It is leaving: until then it can be taken back. */
  readonly hardAfter?: Instant | null;
  /** It uninstalled the App: by then somebody decides. */
  readonly noticeUntil?: Instant | null;
}

export interface ShownTenant extends ListedTenant {
  readonly credentials: readonly {
    readonly name: string;
    /** shut: not opened, since the client is not active. */
    readonly state: ListedSecret["state"] | "shut";
  }[];
  /** What its client.yml says that is read; null: there is none that can be. */
  readonly settings: { readonly masked: number; readonly allowed: number } | null;
  /** What was made for it outside its tables, and goes with it. */
  readonly assets: readonly { readonly kind: string; readonly locator: string }[];
  readonly problems: readonly string[];
}

export interface Onboarded {
  readonly kind: "done";
  readonly prefix: string;
  readonly id: string;
  readonly region: string;
  /** False: it was there already. */
  readonly created: boolean;
  readonly installation: number | null;
  /** Files that were not there. */
  readonly made: readonly string[];
  /** What the client's folder still lacks: run again, it is made. */
  readonly problems: readonly string[];
  readonly next: string;
}

const AT_GITHUB = { suspended: "suspended at GitHub", gone: "uninstalled" } as const;
const day = (at: Instant): string => iso(at).slice(0, 10);
const numbers = ({ installations, lost }: ListedTenant): string =>
  installations.length === 0
    ? "none"
    : installations
        .map((one) => {
          const found = lost.find(({ installation }) => installation === one);
          return found === undefined ? String(one) : `${one} (${AT_GITHUB[found.state]})`;
        })
        .join(", ");
function stateOf({ state, suspendedSince, hardAfter = null, noticeUntil = null }: ListedTenant): string {
  if (state !== "suspended" || suspendedSince === null) return state;
  const since = `suspended since ${iso(suspendedSince)}`;
  if (hardAfter !== null) return `${since}; it is leaving, and is erased from ${iso(hardAfter)} on`;
  return noticeUntil === null ? since : `${since}; it uninstalled the App: decide until ${iso(noticeUntil)}`;
}

export const asLine = (each: ListedTenant): string =>
  `${each.prefix.padEnd(16)}  ${each.state.padEnd(9)}  ${each.region}  since ${day(each.since)}  installations: ${numbers(each)}  API keys: ${each.apiKeys}`;

const MEANS: Readonly<Record<ShownTenant["credentials"][number]["state"], string>> = {
  opens: "opens",
  old_key: "opens under an older key",
  damaged: "DOES NOT OPEN",
  shut: "not opened: the client is not active",
};

/** Of the file only what stands under sql is read; the rest is for people, and the registry's word counts. */
const settings = (read: ShownTenant["settings"]): string =>
  read === null
    ? "none that can be read"
    : `read under sql: ${read.masked} masked ${read.masked === 1 ? "column" : "columns"}, ${read.allowed} allowed ${read.allowed === 1 ? "function" : "functions"}`;

export const asPage = (each: ShownTenant): readonly string[] => [
  `Client         ${each.prefix}`,
  `Id             ${each.id}`,
  `State          ${stateOf(each)}`,
  `Region         ${each.region}`,
  `Since          ${iso(each.since)}`,
  `Slot           ${each.slot}`,
  `Installations  ${numbers(each)}`,
  `API keys       ${each.apiKeys} valid`,
  `Credentials    ${each.credentials.length === 0 ? "none" : each.credentials.length}`,
  ...each.credentials.map(({ name, state }) => `  ${name}  ${MEANS[state]}`),
  `client.yml     ${settings(each.settings)}`,
  `Assets         ${each.assets.length === 0 ? "none" : each.assets.length}`,
  ...each.assets.map(({ kind, locator }) => `  ${kind.padEnd(12)}  ${locator}`),
];

const orNull = (at: Instant | null | undefined): string | null => (at === null || at === undefined ? null : iso(at));

export const asJson = ({ since, suspendedSince, hardAfter, noticeUntil, ...each }: ListedTenant) => ({
  prefix: each.prefix,
  id: each.id,
  state: each.state,
  region: each.region,
  slot: each.slot,
  installations: each.installations,
  lost: each.lost,
  apiKeys: each.apiKeys,
  since: iso(since),
  suspendedSince: orNull(suspendedSince),
  hardAfter: orNull(hardAfter),
  noticeUntil: orNull(noticeUntil),
});

export const onboarded = (done: Onboarded): readonly string[] => [
  done.created
    ? `Tenant ${done.prefix} exists now, in the region ${done.region}.`
    : `Tenant ${done.prefix} existed already.`,
  ...(done.installation === null
    ? []
    : [`Installation ${done.installation} belongs to it: its pull requests are decided from now on.`]),
  ...done.made.map((path) => `Made ${path}`),
  `Next: ${done.next}`,
];
