// What was made for a client outside its tables: how each is named in the register, and what a look at the backends finds.

import type { InstallationId, TenantId } from "#kernel";
import type { Asset } from "./offboard.ts";

export const ASSET_KINDS = ["folder", "file", "kek", "installation", "api_key"] as const;
export type AssetKind = (typeof ASSET_KINDS)[number];

interface NamedAsset extends Asset {
  readonly kind: AssetKind;
}

/** As migrations/0077_assets.sql spells them. */
export const folderAsset = (prefix: string): NamedAsset => ({ kind: "folder", locator: `clients/${prefix}/` });
export const fileAsset = (prefix: string, path: string): NamedAsset => ({
  kind: "file",
  locator: `clients/${prefix}/${path}`,
});
export const keyAsset = (tenant: TenantId): NamedAsset => ({ kind: "kek", locator: `kek/${tenant}` });
export const installationAsset = (host: string, installation: InstallationId): NamedAsset => ({
  kind: "installation",
  locator: `${host}/${installation}`,
});

/** Of one asset in the register: hashes only, so that who compares learns no client's name. */
export interface RegisteredDigest {
  readonly tenantId: TenantId;
  readonly kind: AssetKind;
  /** SHA-256 of the locator, in hex. */
  readonly locator: string;
  /** SHA-256 of a file as we wrote it last, in hex. */
  readonly content: string | null;
  /** It should be there. What is being erased may be gone. */
  readonly expected: boolean;
}

/** What a backend has. */
export interface FoundAsset extends NamedAsset {
  /** SHA-256 of its locator, in hex. */
  readonly digest: string;
  /** Of a file that nobody but us writes. */
  readonly content?: string;
}

const IN_WORDS: Readonly<Record<AssetKind, string>> = {
  folder: "The folder",
  file: "A file",
  kek: "The key",
  installation: "A GitHub App installation",
  api_key: "An API key",
};

/**
 * A sentence for each thing that is there and nobody's, or somebody's and not there. `looked`: the kinds that a backend was asked
 * for; of the others nothing is known. What lies in a client's folder is the client's; an installation that nobody owns yet is on
 * the operator's list. Neither is an alarm.
 */
export function compareAssets(
  registered: readonly RegisteredDigest[],
  found: readonly FoundAsset[],
  looked: ReadonlySet<AssetKind>,
): readonly string[] {
  const known = new Map(registered.map((each) => [`${each.kind} ${each.locator}`, each]));
  const there = new Set(found.map(({ kind, digest }) => `${kind} ${digest}`));
  const strangers = found
    .filter(({ kind, digest }) => (kind === "folder" || kind === "kek") && !known.has(`${kind} ${digest}`))
    .map(({ locator }) => `${locator} belongs to no client.`);
  const changed = found.flatMap(({ kind, digest, content, locator }) => {
    const meant = known.get(`${kind} ${digest}`)?.content ?? null;
    return content === undefined || meant === null || meant === content
      ? []
      : [`${locator} is not as Countersign wrote it last.`];
  });
  const gone = registered.filter(
    ({ kind, expected, locator }) => expected && looked.has(kind) && !there.has(`${kind} ${locator}`),
  );
  const folderless = new Set(gone.flatMap(({ kind, tenantId }) => (kind === "folder" ? [tenantId] : [])));
  const missing = gone
    // What was in a folder that is gone is said with it.
    .filter(({ kind, tenantId }) => kind !== "file" || !folderless.has(tenantId))
    .map(({ kind, tenantId }) => `${IN_WORDS[kind]} of tenant ${tenantId} is registered and not there.`);
  return [...strangers, ...changed, ...missing];
}
