// What was made for a client, removed and looked for again, kind by kind, on its way out.

import { lstat } from "node:fs/promises";
import { join } from "node:path";
import sql from "sql-template-tag";
import { z } from "zod";
import { Fault, installationId, type TenantId } from "#kernel";
import type { Kms } from "#keys";
import { isMissing } from "#platform/files";
import { withOperator, type OperatorOptions } from "#platform/postgres";
import type { AssetKind } from "../../assets.ts";
import type { AssetSide, GithubSide, Leaver } from "../../offboard.ts";
import type { Clients } from "../clients.ts";
import { assetsOf, type RegisteredAsset } from "./register.ts";

export interface AssetParts {
  readonly access: OperatorOptions;
  readonly clients: Clients;
  readonly kms: Pick<Kms, "state">;
  readonly github: Pick<GithubSide, "remove" | "state">;
}

/** INVARIANT: a registration goes only after its asset was looked for and not found, and all of them in one commit. */
export function createAssets(parts: AssetParts): AssetSide {
  const registered = ({ tenantId }: Leaver): Promise<readonly RegisteredAsset[]> =>
    withOperator(parts.access, (tx) => assetsOf(tx, tenantId));

  return {
    list: registered,
    async remove(leaver) {
      const assets = await registered(leaver);
      await parts.clients.remove(leaver.prefix);
      // O7: past a provider by a person's word, which is an entry that the certificate names. It was asked before this step.
      const asked = (leaver.override ?? null) === null ? assets : assets.filter(({ kind }) => kind !== "installation");
      for (const { kind, locator } of asked) if (kind === "installation") await parts.github.remove(numberIn(locator));
      const left = await leftOf(parts, leaver, asked);
      if (left.length > 0)
        throw new Fault("config_invalid", `${left.join(" ")} Run this again once that is put right.`);
      await forget(parts.access, leaver.tenantId, assets);
      return countsOf(assets);
    },
    async verify(leaver) {
      const assets = await registered(leaver);
      return [
        ...assets.map(({ locator }) => `${locator} is registered still.`),
        ...(await leftOf(parts, leaver, assets)),
      ];
    },
  };
}

/** The folder and the key are looked for whatever the register says: it has no row of them any more, once they are gone. */
async function leftOf(
  { clients, kms, github }: AssetParts,
  { tenantId, prefix }: Leaver,
  assets: readonly RegisteredAsset[],
): Promise<readonly string[]> {
  const left: string[] = [];
  if (await isThere(join(clients.directory, prefix))) left.push(`clients/${prefix}/ is there.`);
  if ((await kms.state(tenantId)) !== "destroyed") left.push(`The key of tenant ${tenantId} is not destroyed.`);
  for (const { kind, locator } of assets)
    if (kind === "installation" && (await github.state(numberIn(locator))) !== "gone")
      left.push(`Installation ${locator} is not gone at GitHub.`);
  return left;
}

/** A link counts: whatever has the name. */
async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

const forget = (access: OperatorOptions, tenant: TenantId, assets: readonly RegisteredAsset[]): Promise<void> =>
  withOperator(access, async (tx) => {
    for (const { kind, locator } of assets)
      await tx.one(
        sql`select platform.forget_asset(${tenant}::uuid, ${kind}, ${locator}) as gone`,
        z.object({ gone: z.boolean() }),
      );
  });

function countsOf(assets: readonly RegisteredAsset[]): Readonly<Partial<Record<AssetKind, number>>> {
  const counts: Partial<Record<AssetKind, number>> = {};
  for (const { kind } of assets) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function numberIn(locator: string): NonNullable<ReturnType<typeof installationId>> {
  const found = installationId(Number(locator.split("/").at(-1)));
  if (found === null) throw new Fault("invariant_broken", `${locator} names no installation.`);
  return found;
}
