import sql from "sql-template-tag";
import { z } from "zod";
import { installationId, iso, type Instant, type InstallationId, type TenantId } from "#kernel";
import type { Append } from "#audit/io";
import type { Party } from "#audit";
import {
  branded,
  instantColumn,
  tenantIdColumn,
  withOperator,
  type OperatorOptions,
  type OperatorTx,
  type PlatformTx,
  type TenantTx,
} from "#platform/postgres";
import { checkPrefix } from "../prefix.ts";

export type Onboarded =
  | { readonly kind: "onboarded"; readonly tenantId: TenantId; readonly prefix: string }
  | { readonly kind: "taken"; readonly why: string }
  | { readonly kind: "refused"; readonly why: string };

export type Bound =
  | { readonly kind: "bound" }
  | { readonly kind: "unknown_tenant"; readonly why: string }
  | { readonly kind: "taken"; readonly why: string };

const TENANT_STATES = ["active", "suspended", "purging", "purged"] as const;
export type TenantState = (typeof TENANT_STATES)[number];

export interface LostInstallation {
  readonly installation: InstallationId;
  readonly state: "suspended" | "gone";
}

export interface Tenant {
  readonly tenantId: TenantId;
  readonly prefix: string;
  readonly state: TenantState;
  readonly slot: number;
  readonly region: string;
  readonly installations: readonly InstallationId[];
  /** Those of them that GitHub says are suspended there, or uninstalled. */
  readonly lost: readonly LostInstallation[];
  readonly since: Instant;
  /** null: it is not suspended. */
  readonly suspendedSince: Instant | null;
  /** It is leaving: from then on it is erased, and not taken back. null: nobody ordered that. */
  readonly hardAfter: Instant | null;
  /** The client uninstalled the App itself: by then somebody decides. null: it did not. */
  readonly noticeUntil: Instant | null;
  /** API keys that are neither revoked nor expired. */
  readonly validKeys: number;
}

/** Who asks, for the audit entry that is written in the same transaction. */
export interface By {
  readonly operator: Party;
  readonly requestId: string;
}

/** The operator's access, and the log in which each of their acts is an entry. */
/** What stands still with a client, and goes on with it: the clocks of its tickets. Wired in main: tickets come after this room. */
export interface Standstill {
  /** In the transaction that suspends. It writes no entry, since a stop also works with a log that takes none. Gives how many. */
  stop(tx: TenantTx): Promise<number>;
  /** In the transaction that reinstates: each with the time that it had left. */
  goOn(tx: TenantTx, append: Append, by: By): Promise<number>;
}
export interface Standing {
  readonly standstill?: Standstill;
}

export interface RegistryAccess extends OperatorOptions, Standing {
  readonly append: Append;
}

/** Logs outside the database are kept no longer (tenancy.md 2.1). */
const REST_DAYS = 30;
const OBSERVER: Party = { type: "app", id: "countersign" };
/** What a claim is made of. */
export const claimFactsRow = z
  .object({ tenant_id: tenantIdColumn, epoch: z.int(), expires_at: z.int() })
  .transform((row) => ({ tenantId: row.tenant_id, epoch: row.epoch, expiresAt: row.expires_at }));
const installationColumn = branded(z.int(), installationId);
const tenantRow = z
  .object({
    tenant_id: tenantIdColumn,
    prefix: z.string(),
    state: z.enum(TENANT_STATES),
    slot: z.int(),
    region: z.string(),
    // A bigint array comes as texts.
    installations: z.array(branded(z.coerce.number(), installationId)),
    suspended_installations: z.array(branded(z.coerce.number(), installationId)),
    gone_installations: z.array(branded(z.coerce.number(), installationId)),
    onboarded_at: instantColumn,
    suspended_at: instantColumn.nullable(),
    hard_after: instantColumn.nullable(),
    notice_until: instantColumn.nullable(),
    valid_keys: z.int(),
  })
  .transform(
    ({
      tenant_id,
      onboarded_at,
      suspended_at,
      hard_after,
      notice_until,
      valid_keys,
      suspended_installations,
      gone_installations,
      ...row
    }): Tenant => ({
      tenantId: tenant_id,
      ...row,
      lost: [
        ...suspended_installations.map((installation) => ({ installation, state: "suspended" as const })),
        ...gone_installations.map((installation) => ({ installation, state: "gone" as const })),
      ],
      since: onboarded_at,
      suspendedSince: suspended_at,
      hardAfter: hard_after,
      noticeUntil: notice_until,
      validKeys: valid_keys,
    }),
  );

/** Only the operator's role may create a tenant; the server's own role may not (0002_tenants.sql). */
export async function onboard(
  access: RegistryAccess,
  asked: {
    readonly prefix: string;
    readonly region?: string;
    readonly by: By;
    /** Of a name that somebody had. */ readonly restDays?: number;
  },
): Promise<Onboarded> {
  const checked = checkPrefix(asked.prefix);
  if (checked.kind === "refused") return checked;
  const { prefix } = checked;
  return withOperator(access, async (tx): Promise<Onboarded> => {
    const { until } = await tx.one(
      sql`select platform.name_rests_until(${prefix}, ${asked.restDays ?? REST_DAYS}::integer) as until`,
      z.object({ until: instantColumn.nullable() }),
    );
    if (until !== null && !(await listTenants(tx)).some((each) => each.prefix === prefix))
      return {
        kind: "refused",
        why: `The name ${prefix} rests until ${iso(until)}: a client that had it was erased, and until then logs may still mean that one. Choose another, or wait (TENANT_REST_DAYS).`,
      };
    const made = await tx.maybe(
      sql`select * from platform.onboard_tenant(${prefix}, ${asked.region ?? "local"})`,
      claimFactsRow,
    );
    if (made === null) return { kind: "taken", why: `A tenant with the prefix ${prefix} exists already.` };
    const tenant = await tx.enter(made);
    await record(access.append, tenant, "tenant.onboard", asked.by, { prefix, region: asked.region ?? "local" });
    return { kind: "onboarded", tenantId: made.tenantId, prefix };
  });
}

/** An installation belongs to one tenant, ever. Binding it again to the same tenant changes nothing. */
export async function bindInstallation(
  access: RegistryAccess,
  asked: { readonly tenant: TenantId; readonly installation: InstallationId; readonly host?: string; readonly by: By },
): Promise<Bound> {
  const host = asked.host ?? "github.com";
  return withOperator(access, async (tx) => {
    const facts = await tx.maybe(sql`select * from platform.claim_facts(${asked.tenant}::uuid)`, claimFactsRow);
    if (facts === null) return { kind: "unknown_tenant", why: `There is no active tenant ${asked.tenant}.` };
    const { owner } = await tx.one(
      sql`select platform.bind_installation(${asked.installation}::bigint, ${asked.tenant}::uuid, ${host}) as owner`,
      z.object({ owner: tenantIdColumn }),
    );
    if (owner !== asked.tenant)
      return { kind: "taken", why: `Installation ${asked.installation} belongs to another tenant, or did.` };
    await record(access.append, await tx.enter(facts), "tenant.bind_installation", asked.by, {
      installation: asked.installation,
      host,
    });
    return { kind: "bound" };
  });
}

/** Into the tenant's own log, in the transaction of the act. */
export async function record(
  append: Append,
  tx: TenantTx,
  kind: "tenant.onboard" | "tenant.bind_installation" | "tenant.suspend" | "tenant.reinstate",
  by: By,
  body: Readonly<Record<string, string | number>>,
): Promise<void> {
  const target: Party = { type: "tenant", id: tx.tenantId };
  await append(tx, {
    kind,
    outcome: "success",
    observer: OBSERVER,
    initiator: by.operator,
    target,
    requestId: by.requestId,
    body,
  });
}

export const listTenants = (tx: OperatorTx): Promise<readonly Tenant[]> =>
  tx.many(sql`select * from platform.tenants()`, tenantRow);

/** For sweeps of the server: ids of active tenants, in onboarding order. */
export const activeTenants = (tx: PlatformTx): Promise<readonly TenantId[]> =>
  tx.many(
    sql`select id from platform.active_tenants() as t(id)`,
    z.object({ id: tenantIdColumn }).transform((row) => row.id),
  );

export interface OwnInstallation {
  readonly installation: InstallationId;
  readonly host: string;
}

/** The installations of the transaction's own tenant. */
export const ownInstallations = (tx: TenantTx): Promise<readonly OwnInstallation[]> =>
  tx.many(
    sql`select installation_id, host from platform.own_installations()`,
    z
      .object({ installation_id: installationColumn, host: z.string() })
      .transform((row) => ({ installation: row.installation_id, host: row.host })),
  );

/** The prefix of the transaction's own tenant. */
const prefixRow = z.object({ prefix: z.string() });

export const ownPrefix = async (tx: TenantTx): Promise<string> =>
  (await tx.one(sql`select prefix from platform.own_tenant()`, prefixRow)).prefix;

/** A verified delivery came from an installation that no tenant owns: remembered for the operator, by number only. */
export const noteInstallation = async (tx: PlatformTx, installation: InstallationId, host: string): Promise<void> => {
  await tx.many(sql`select platform.note_installation(${installation}::bigint, ${host})`, z.unknown());
};

export const unboundInstallations = (tx: OperatorTx): Promise<readonly OwnInstallation[]> =>
  tx.many(
    sql`select installation_id, host from platform.unbound_installations()`,
    z
      .object({ installation_id: installationColumn, host: z.string() })
      .transform((row) => ({ installation: row.installation_id, host: row.host })),
  );
