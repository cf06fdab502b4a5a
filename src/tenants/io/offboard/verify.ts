// Whether anything of a client is left, looked for by the auditor, who sees every tenant's rows, in what the catalog says there is.
// INVARIANT: what cannot be looked at is `unknown`, and nothing is certified with one.

import sql from "sql-template-tag";
import { z } from "zod";
import type { InstallationId, TenantId } from "#kernel";
import { withAuditor, type OperatorOptions, type Statements } from "#platform/postgres";
import { CHECKS, type Check, type CheckId, type StepDetail } from "../../offboard.ts";
import { detailOf, type Offboarding } from "./ledger.ts";
import { WITHOUT_TENANT } from "../../reviewed.ts";
import { namesIn, registeredTables, rowsLeft, rowsOf, surroundings } from "./look.ts";
import type { OffboardParts } from "./parts.ts";
import { installationsIn } from "./world.ts";

/** A sentence for each thing that is left; null: it could not be looked at. */
type Look = readonly string[] | { readonly unknown: string };

interface Leaving {
  readonly tenantId: TenantId;
  /** null: it is gone already, and nobody knows it any more. */
  readonly prefix: string | null;
}

const texts = z.array(z.string()).catch([]);

/** (a) to (d): one transaction as the auditor. */
async function inDatabase(
  parts: Pick<OffboardParts, "access">,
  leaving: Leaving,
): Promise<Readonly<Record<"a" | "b" | "c" | "d", Look>>> {
  return withAuditor(parts.access, async (tx) => {
    if (!(await exempt(tx))) {
      const blind = { unknown: "This server lets nobody see past row-level security: leftovers would be hidden." };
      return { a: blind, b: await registeredTables(tx), c: blind, d: blind };
    }
    return {
      a: await rowsLeft(tx, leaving.tenantId),
      b: await registeredTables(tx),
      c: await namesIn(tx, leaving),
      d: await surroundings(tx, leaving),
    };
  });
}

/** O12: asked of the server itself, and not believed of a role's name. */
const exempt = async (tx: Statements): Promise<boolean> =>
  (
    await tx.one(
      sql`select r.rolbypassrls or r.rolsuper as exempt from pg_roles r where r.rolname = current_user`,
      z.object({ exempt: z.boolean() }),
    )
  ).exempt;

async function atGithub({ github }: OffboardParts, installations: readonly InstallationId[]): Promise<Look> {
  if (installations.length === 0) return [];
  if (github === null) return { unknown: "No GitHub App is configured in this process." };
  const found: string[] = [];
  for (const each of installations) {
    const state = await github.state(each);
    if (state !== "gone") found.push(`installation ${each} is ${state}`);
  }
  return found;
}

/** As the server would answer somebody who comes with what the client had. */
async function refusals(
  { database }: OffboardParts,
  { tenantId }: Leaving,
  installations: readonly InstallationId[],
  hashes: readonly string[],
): Promise<Look> {
  const found: string[] = [];
  if ((await database.claimFor(tenantId)) !== null) found.push("a claim is given for it");
  for (const each of installations)
    if ((await database.claimForInstallation(each)) !== null)
      found.push(`deliveries of installation ${each} are taken`);
  for (const hash of hashes) {
    const holder = await database.withPlatform((tx) =>
      tx.many(sql`select key_id from identity.key_facts(decode(${hash}, 'hex'))`, z.unknown()),
    );
    if (holder.length > 0) found.push("an API key of it is known");
  }
  return found;
}

/** Of a client that is leaving, before it is certified: while its ledger still knows its installations and its canary. */
export async function verifyGone(
  parts: OffboardParts,
  leaving: { readonly tenantId: TenantId; readonly prefix: string },
  now: Offboarding,
): Promise<readonly Check[]> {
  const revoked = detailOf(now, "provider_revoked");
  const installations = installationsIn(revoked);
  const left = await parts.assets.verify(leaving);
  const registered = await parts.assets.list(leaving);
  return inOrder({
    ...(await inDatabase(parts, leaving)),
    e: left,
    f: await keyGone(parts, leaving.tenantId, revoked),
    g: await atGithub(parts, installations),
    h: await refusals(parts, leaving, installations, texts.parse(detailOf(now, "api_keys_disabled")["apiKeys"])),
    i: registered.map(({ kind, locator }) => `${kind} ${locator} is registered`),
  });
}

async function keyGone(parts: OffboardParts, tenantId: TenantId, revoked: StepDetail): Promise<Look> {
  if (await parts.keys.opens(tenantId)) return ["its key is there"];
  const sealed = z.string().safeParse(revoked["canary"]);
  return sealed.success && (await parts.keys.opensSealed(tenantId, sealed.data))
    ? ["something that was sealed for it opens"]
    : [];
}

/** Of one that is gone: what can be asked without a name. */
export async function verifyDeparted(parts: OffboardParts, tenantId: TenantId): Promise<readonly Check[]> {
  return inOrder({
    ...(await inDatabase(parts, { tenantId, prefix: null })),
    f: await keyGone(parts, tenantId, {}),
    h: await refusals(parts, { tenantId, prefix: null }, [], []),
  });
}

/** Of one that is here: its rows, and whether it is kept apart from all others. */
export const inspect = (
  access: Pick<OperatorOptions, "adminUrl">,
  tenantId: TenantId,
): Promise<{ readonly rows: Readonly<Record<string, number>>; readonly checks: readonly Check[] }> =>
  withAuditor(access, async (tx) => {
    const open = await tx.many(
      sql`select n.nspname || '.' || c.relname || ' does not hold its rows apart' as what
        from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
        where a.attname = 'tenant_id' and not a.attisdropped and c.relkind in ('r', 'p') and n.nspname !~ '^pg_'
          and n.nspname || '.' || c.relname <> all (${Object.keys(WITHOUT_TENANT)}::text[])
          and not (c.relrowsecurity and c.relforcerowsecurity) order by 1`,
      z.object({ what: z.string() }).transform(({ what }) => what),
    );
    const [apart] = inOrder({ a: open });
    return {
      rows: (await exempt(tx)) ? await rowsOf(tx, tenantId) : {},
      checks: [
        ...(apart === undefined ? [] : [{ ...apart, what: "Every table that holds clients' rows keeps them apart" }]),
        ...inOrder({ b: await registeredTables(tx) }),
      ],
    };
  });

const inOrder = (looks: Partial<Readonly<Record<CheckId, Look>>>): readonly Check[] =>
  CHECKS.flatMap(({ id, what }): readonly Check[] => {
    const look = looks[id];
    if (look === undefined) return [];
    if ("unknown" in look) return [{ id, what, result: "unknown", found: [look.unknown] }];
    return [{ id, what, result: look.length === 0 ? "pass" : "fail", found: look }];
  });
