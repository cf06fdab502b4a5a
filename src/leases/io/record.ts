// Rows and their entries: each change of a lease is one commit with what the log says of it.

import sql from "sql-template-tag";
import { z } from "zod";
import {
  entryId,
  Fault,
  iso,
  leaseId,
  PLATFORM_LOG,
  type EntryId,
  type Instant,
  type Json,
  type LeaseId,
  type TenantId,
} from "#kernel";
import type { NewEntry } from "#audit";
import type { Append } from "#audit/io";
import { branded, instantColumn, tenantIdColumn, type Database, type TenantTx } from "#platform/postgres";
import { ownInstallations } from "#tenants/io";
import { BECAUSE, hasEnded } from "../decide.ts";
import { entriesBetween } from "../entries.ts";
import type { LeaseFacts, ToldOf } from "../held.ts";
import { LEASE_STATES, type LeaseRequest, type LeaseScope } from "../types.ts";
import { scopeShape } from "./shapes.ts";

export type Begun =
  | { readonly kind: "begun"; readonly lease: LeaseId; readonly intent: EntryId; readonly expiresAt: Instant }
  | { readonly kind: "refused"; readonly why: string };

/** A row that its broker has not ended. */
export interface Unfinished {
  readonly facts: LeaseFacts;
  readonly told: ToldOf;
}

export interface LeaseRecord {
  /** Row and intent, one commit, before anything is asked of a provider. */
  begin(request: LeaseRequest): Promise<Begun>;
  /** Nothing was begun: said in the tenant's log, where it has one. */
  refuse(request: LeaseRequest, why: string): Promise<void>;
  /** The row as the facts are, and the entries from what was told until now. One commit. */
  tell(facts: LeaseFacts, told: ToldOf): Promise<ToldOf>;
  /** Our own process is given the credential itself. */
  redeem(facts: LeaseFacts): Promise<void>;
  /** `overdue`: of those, the ones whose time was over a minute ago. */
  unfinished(which: "all" | "overdue"): Promise<readonly Unfinished[]>;
  /** Those of them that are not active: suspended, or on their way out. */
  inactive(tenants: readonly TenantId[]): Promise<readonly TenantId[]>;
}

export interface RecordParts {
  /** The broker's own login. */
  readonly database: Database;
  readonly append: Append;
  /** Of the spool; other brokers' rows are theirs. */
  readonly broker: string;
}

const OBSERVER = { type: "app", id: "lease-broker" } as const;
const NOT_ACTIVE = "The client is not active: nothing is leased for it.";

export function createLeaseRecord({ database, append, broker }: RecordParts): LeaseRecord {
  async function inTenant<T>(tenant: TenantId, fn: (tx: TenantTx) => Promise<T>): Promise<T | null> {
    const claim = await database.claimFor(tenant);
    return claim === null ? null : database.withTenant(claim, fn);
  }

  return {
    async begin(request) {
      const begun = await inTenant(request.tenant, async (tx): Promise<Begun> => {
        const why = await whyNotOurs(tx, request.scope);
        if (why !== null) {
          await append(tx, {
            ...about(request),
            kind: "lease.mint",
            outcome: "refused",
            body: { ...bodyOf(request), why },
          });
          return { kind: "refused", why };
        }
        const { lease } = await tx.one(
          sql`select platform.uuidv7() as lease`,
          z.object({ lease: branded(z.string(), leaseId) }),
        );
        const body = { lease, ...bodyOf(request) };
        const intent = await append(tx, { ...about(request), kind: "lease.mint", outcome: "intent", body });
        const { tenant, run, purpose, scope, seconds } = request;
        const { expires_at: expiresAt } = await tx.one(
          sql`insert into leases.lease (tenant_id, lease_id, broker, run, purpose, scope, seconds, state, intent, expires_at)
            values (${tenant}, ${lease}, ${broker}, ${run}, ${purpose}, ${JSON.stringify(scope)}, ${seconds}, 'minting', ${intent},
              clock_timestamp() + make_interval(secs => ${seconds}))
            returning expires_at`,
          z.object({ expires_at: instantColumn }),
        );
        return { kind: "begun", lease, intent, expiresAt };
      });
      return begun ?? { kind: "refused", why: NOT_ACTIVE };
    },
    async refuse(request, why) {
      const body = { ...bodyOf(request), why };
      await inTenant(request.tenant, (tx) =>
        append(tx, { ...about(request), kind: "lease.mint", outcome: "refused", body }),
      );
    },
    async tell(facts, told) {
      const { request, standing } = facts;
      const done = await inTenant(request.tenant, async (tx) => {
        const revokeIntent = await tellLog(append, tx, facts, told);
        await writeRow(tx, facts, revokeIntent);
        return { state: standing.state, revokeIntent };
      });
      if (done !== null) return done;
      // INVARIANT: nothing becomes active for a client whose claims are dead. Only what ends is told, in the platform's log.
      if (standing.state === "active") throw new Fault("tenant_inactive", NOT_ACTIVE);
      return tellPlatform(facts, told);
    },
    async redeem(facts) {
      const { request, lease } = facts;
      const done = await inTenant(request.tenant, async (tx) => {
        await append(tx, { ...about(request), kind: "lease.redeem", outcome: "success", body: { lease } });
        return true;
      });
      if (done === null) throw new Fault("tenant_inactive", NOT_ACTIVE);
    },
    unfinished: (which) =>
      database.withPlatform((tx) =>
        tx.many(
          sql`select tenant_id, lease_id, run, purpose, scope, seconds, state, intent, revoke_intent, because, note, tries, dead_by
            from leases.lease where broker = ${broker} and ended_at is null
              and (${which === "all"} or expires_at < clock_timestamp() - interval '1 minute')`,
          unfinishedRow,
        ),
      ),
    inactive: (tenants) =>
      database.withPlatform((tx) =>
        tx.many(
          sql`select t.id from unnest(${[...tenants]}::uuid[]) as t(id) where not exists (select from platform.claim_facts(t.id))`,
          z.object({ id: tenantIdColumn }).transform(({ id }) => id),
        ),
      ),
  };

  /** The tenant's own log is shut, and its open intents wait there: what became of them is in the row. */
  async function tellPlatform(facts: LeaseFacts, told: ToldOf): Promise<ToldOf> {
    const { standing, lease, request } = facts;
    const done = await inTenant(PLATFORM_LOG, async (tx) => {
      for (const { kind, outcome, closes } of entriesBetween(told.state, standing.state, false)) {
        if (outcome === "intent" || closes === "mint") continue;
        await append(tx, { ...about(request), kind, outcome, body: { lease, ...endOf(facts) } });
      }
      await writeRow(tx, facts, told.revokeIntent);
      return { state: standing.state, revokeIntent: told.revokeIntent };
    });
    if (done === null) throw new Fault("invariant_broken", "The platform's own log takes no claim.");
    return done;
  }
}

/** Who asks names an installation; whose it is, the registry knows. */
async function whyNotOurs(tx: TenantTx, scope: LeaseScope): Promise<string | null> {
  if (scope.kind !== "github") return null;
  const own = await ownInstallations(tx);
  return own.some(({ installation }) => installation === scope.installation)
    ? null
    : "That installation is not this client's.";
}

async function tellLog(append: Append, tx: TenantTx, facts: LeaseFacts, told: ToldOf): Promise<EntryId | null> {
  let { revokeIntent } = told;
  for (const { kind, outcome, closes } of entriesBetween(told.state, facts.standing.state, revokeIntent !== null)) {
    const intent = closes === "mint" ? facts.intent : closes === "revoke" ? revokeIntent : null;
    const body = { lease: facts.lease, ...(kind === "lease.mint" && outcome === "success" ? {} : endOf(facts)) };
    const entry: NewEntry = { ...about(facts.request), kind, outcome, body, ...(intent === null ? {} : { intent }) };
    const id = await append(tx, entry);
    if (outcome === "intent") revokeIntent = id;
  }
  return revokeIntent;
}

const date = (at: Instant | null): Date | null => (at === null ? null : new Date(at));

async function writeRow(
  tx: TenantTx,
  { lease, request, ...facts }: LeaseFacts,
  revokeIntent: EntryId | null,
): Promise<void> {
  const { state, because, tries } = facts.standing;
  const handle = facts.handle === null ? null : Buffer.from(facts.handle, "hex");
  const changed = await tx.run(sql`
    update leases.lease set state = ${state}, because = ${because}, tries = ${tries}, note = ${facts.note}, handle = coalesce(${handle}, handle),
      revoke_intent = ${revokeIntent}, dead_by = ${date(facts.deadBy)},
      ended_at = case when ${hasEnded(state)} then clock_timestamp() end
    where tenant_id = ${request.tenant} and lease_id = ${lease}`);
  // Its client was erased meanwhile, and the row with it.
  if (changed === 0 && !hasEnded(state)) throw new Fault("tenant_inactive", `The row of lease ${lease} is gone.`);
}

const about = ({ tenant, run }: LeaseRequest) =>
  ({
    observer: OBSERVER,
    initiator: { type: "job", id: run },
    target: { type: "tenant", id: tenant },
    requestId: run,
  }) as const;

const bodyOf = ({ purpose, scope, seconds }: LeaseRequest): { readonly [key: string]: Json } => ({
  purpose,
  seconds,
  scope: scopeJson(scope),
});

function scopeJson(scope: LeaseScope): Json {
  switch (scope.kind) {
    case "github":
      return { ...scope, repositories: [...scope.repositories], permissions: { ...scope.permissions } };
    case "database":
    case "vault":
      return { ...scope };
  }
}

const endOf = ({ standing: { because, tries }, note, deadBy }: LeaseFacts): { readonly [key: string]: Json } => ({
  ...(because === null ? {} : { because }),
  ...(tries === 0 ? {} : { tries }),
  ...(note === null ? {} : { note }),
  ...(deadBy === null || tries === 0 ? {} : { deadBy: iso(deadBy) }),
});

const entryColumn = branded(z.string(), entryId);
const unfinishedRow = z
  .object({
    tenant_id: tenantIdColumn,
    lease_id: branded(z.string(), leaseId),
    run: z.string(),
    purpose: z.string(),
    scope: scopeShape,
    seconds: z.int(),
    state: z.enum(LEASE_STATES),
    intent: entryColumn,
    revoke_intent: entryColumn.nullable(),
    because: z.enum(BECAUSE).nullable(),
    note: z.string().nullable(),
    tries: z.int(),
    dead_by: instantColumn.nullable(),
  })
  .transform((row): Unfinished => ({
    facts: {
      lease: row.lease_id,
      request: { tenant: row.tenant_id, run: row.run, purpose: row.purpose, scope: row.scope, seconds: row.seconds },
      intent: row.intent,
      standing: { state: row.state, tries: row.tries, because: row.because },
      handle: null,
      deadBy: row.dead_by,
      note: row.note,
    },
    told: { state: row.state, revokeIntent: row.revoke_intent },
  }));
