// The register of what was made for each client (migrations/0077_assets.sql): read by the operator, compared by hashes alone.

import { createHash } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import type { Instant, TenantId } from "#kernel";
import {
  instantColumn,
  tenantIdColumn,
  withOperator,
  type OperatorOptions,
  type OperatorTx,
  type RoleTx,
} from "#platform/postgres";
import { ASSET_KINDS, fileAsset, type AssetKind, type RegisteredDigest } from "../../assets.ts";
import type { Clients } from "../clients.ts";

export interface RegisteredAsset {
  readonly kind: AssetKind;
  readonly locator: string;
  readonly deleteVerb: string;
  readonly verifyVerb: string;
  readonly since: Instant;
}

const assetRow = z
  .object({
    kind: z.enum(ASSET_KINDS),
    locator: z.string(),
    delete_verb: z.string(),
    verify_verb: z.string(),
    registered_at: instantColumn,
  })
  .transform(({ delete_verb: deleteVerb, verify_verb: verifyVerb, registered_at: since, ...row }): RegisteredAsset => ({
    ...row,
    deleteVerb,
    verifyVerb,
    since,
  }));

export const assetsOf = (tx: OperatorTx, tenant: TenantId): Promise<readonly RegisteredAsset[]> =>
  tx.many(sql`select * from platform.tenant_assets(${tenant}::uuid)`, assetRow);

interface Whose {
  readonly tenant: TenantId;
  readonly prefix: string;
}

/** INVARIANT: before the file is written, in the transaction of the entry that tells of it. */
export async function registerFile(
  tx: Pick<OperatorTx, "many">,
  { tenant, prefix }: Whose,
  { path, digest, adopted = false }: { readonly path: string; readonly digest: Uint8Array; readonly adopted?: boolean },
): Promise<void> {
  const { locator } = fileAsset(prefix, path);
  await tx.many(
    sql`select platform.register_file(${tenant}::uuid, ${locator}, ${digest}::bytea, ${adopted})`,
    z.unknown(),
  );
}

/** The files of a scaffold, before they are made. One that is there already is registered as it is. */
export const registerFiles = (
  access: OperatorOptions,
  clients: Pick<Clients, "digest">,
  whose: Whose,
  files: ReadonlyMap<string, string>,
): Promise<void> =>
  withOperator(access, async (tx) => {
    for (const [path, text] of files)
      await registerFile(tx, whose, {
        path,
        digest: (await clients.digest(whose.prefix, path)) ?? createHash("sha256").update(text).digest(),
        adopted: true,
      });
  });

const hexColumn = z.instanceof(Uint8Array).transform((bytes) => Buffer.from(bytes).toString("hex"));
const digestRow = z
  .object({
    tenant_id: tenantIdColumn,
    kind: z.enum(ASSET_KINDS),
    locator_sha256: hexColumn,
    sha256: hexColumn.nullable(),
    expected: z.boolean(),
  })
  .transform(({ tenant_id: tenantId, kind, locator_sha256: locator, sha256: content, expected }): RegisteredDigest => ({
    tenantId,
    kind,
    locator,
    content,
    expected,
  }));

export const registeredDigests = (tx: RoleTx<"verifier">): Promise<readonly RegisteredDigest[]> =>
  tx.many(sql`select * from platform.asset_digests()`, digestRow);
