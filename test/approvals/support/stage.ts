// The room over a real PostgreSQL, with people, passkeys and a monotonic clock that a test moves.

import { z } from "zod";
import { createApprovals, type Approvals, type Decision } from "#approvals/io";
import type { Exactly, NewApproval, Notice, SignedIn, Standing } from "#approvals";
import type { Person, Role } from "#identity";
import type { ApprovalId, Json, PersonId } from "#kernel";
import type { Job } from "#platform/jobs";
import { enqueue } from "#platform/jobs";
import type { TenantTx } from "#platform/postgres";
import { checkWorld } from "../../support/world.ts";
import { pastTriggers } from "../../support/tenant-world.ts";
import { testDatabase, type TestDatabase, type TestTenant } from "../../support/database.ts";
import { agent, call, hash, person, sha, somebody } from "./people.ts";

export interface Stage {
  readonly t: TestDatabase;
  readonly tenant: TestTenant;
  readonly approvals: Approvals;
  /** The same room on another machine: its monotonic clock is another one. */
  elsewhere(): Approvals;
  readonly roles: Map<PersonId, readonly Role[]>;
  readonly jobs: Job[];
  readonly decided: ApprovalId[];
  /** What went into the outbox. */
  readonly told: Notice[];
  /** Of those, what goes to webhooks. */
  readonly events: Notice[];
  /** `null`: nobody's. */
  readonly owner: { is: PersonId | null };
  readonly clock: { ms: number };
  inTenant<T>(fn: (tx: TenantTx) => Promise<T>): Promise<T>;
  ask(more?: Partial<NewApproval>): Promise<ApprovalId>;
  decide(approval: ApprovalId, by: PersonId, more?: Partial<Decision>): ReturnType<Approvals["decide"]>;
  standing(approval: ApprovalId, exactly?: Exactly): Promise<Standing | null>;
  /** As if it had been asked so long ago, by the wall clock alone. */
  ageByWall(approval: ApprovalId, ms: number): Promise<void>;
  /** Kinds and outcomes of what the log says about it, in order. */
  entries(approval: ApprovalId): Promise<readonly string[]>;
  check(): Promise<number>;
}

export const SHOWN: NewApproval["shown"] = {
  title: "Merge pull request #7",
  tool: "pr.merge",
  agent: "builder",
  requester: "rita",
  repository: "acme/shop",
  observed: ["All checks are green."],
  recommended: "Merge it.",
  rules: [{ id: "human.irreversible", version: "1", text: "What cannot be undone needs a person." }],
  confidence: { value: 62, why: ["The diff is large."] },
  arguments: [{ name: "number", value: "7" }],
  preview: null,
  consequences: "It goes to production.",
};
let calls = 0;
const nextCall = (): number => (calls += 1);

export const newApproval = (more: Partial<NewApproval> = {}): NewApproval => ({
  call: call(nextCall()),
  digest: hash(1),
  policySet: hash(5),
  headSha: sha(1),
  agent: agent(1),
  requester: person(8),
  risk: "normal",
  quorum: 1,
  minutes: 60,
  shown: SHOWN,
  deliver: null,
  ...more,
});

export const EXACTLY: Exactly = { digest: hash(1), policySet: hash(5), headSha: sha(1) };
export const onPage = (by: PersonId): SignedIn => ({ person: by, session: "s-1", channel: "page" });

export async function stage(prefix = "acme", installation = 1): Promise<Stage> {
  const t = await testDatabase();
  const tenant = await t.tenant(prefix, installation);
  return stageOf(t, tenant);
}

export function stageOf(t: TestDatabase, tenant: TestTenant): Stage {
  const roles = new Map<PersonId, readonly Role[]>([1, 2, 3, 8, 9].map((n) => [person(n), ["approver"]]));
  const jobs: Job[] = [];
  const decided: ApprovalId[] = [];
  const told: Notice[] = [];
  const events: Notice[] = [];
  const owner: Stage["owner"] = { is: null };
  const clock = { ms: 1_000_000 };
  const used = new Set<string>();
  const open = (boot: string, ms: () => number): Approvals =>
    createApprovals({
      notices: {
        tell: async (_, notice) => {
          const into = notice.to.kind === "webhooks" ? events : told;
          if (!into.some(({ key }) => key === notice.key)) into.push(notice);
        },
        urlOf: (path) => `https://countersign.example${path}`,
      },
      append: t.append,
      enqueue: async (tx, job) => {
        jobs.push(job);
        await enqueue(tx, job);
      },
      keys: t.keys,
      person: async (tx, id): Promise<Person | null> => {
        const has = roles.get(id);
        return has === undefined || tx.tenantId !== tenant.id
          ? null
          : { ...somebody(id, `login-${id.slice(-1)}`, has), tenant: tenant.id };
      },
      owner: async () => owner.is,
      stepUp: {
        // As a passkey does: over exactly this, by this person, once.
        verify: async (_, asked, proof) => {
          const right = JSON.stringify(proof) === JSON.stringify(proofOf(asked));
          if (!right || used.has(JSON.stringify(proof))) return null;
          used.add(JSON.stringify(proof));
          return "credential-1";
        },
      },
      onDecided: async (_, { approval }) => void decided.push(approval),
      monotonicMs: ms,
      boot,
    });
  const approvals = open("boot-1", () => clock.ms);
  const inTenant: Stage["inTenant"] = async (fn) => {
    const claim = await t.db.claimFor(tenant.id);
    if (claim === null) throw new Error("the tenant is not active");
    return t.db.withTenant(claim, fn);
  };
  return {
    t,
    tenant,
    approvals,
    elsewhere: () => open("boot-2", () => clock.ms - 900_000),
    roles,
    jobs,
    decided,
    told,
    events,
    owner,
    clock,
    inTenant,
    ask: async (more = {}) => (await inTenant((tx) => approvals.request(tx, newApproval(more)))).approval,
    decide: (approval, by, more = {}) =>
      inTenant((tx) =>
        approvals.decide(tx, {
          approval,
          digest: hash(1),
          answer: "approve",
          by: onPage(by),
          stepUp: null,
          reason: "looks right",
          link: null,
          propose: false,
          ...more,
        }),
      ),
    standing: (approval, exactly) => inTenant((tx) => approvals.standing(tx, approval, exactly)),
    ageByWall: (approval, ms) =>
      pastTriggers(t, "approvals.approval", async () => {
        await t.adminSql(
          `update approvals.approval set requested_at = requested_at - make_interval(secs => $2::float8 / 1000),
             expires_at = expires_at - make_interval(secs => $2::float8 / 1000), decided_at = decided_at - make_interval(secs => $2::float8 / 1000)
             where approval_id = $1`,
          [approval, ms],
        );
      }),
    entries: async (approval) => {
      const recent = await inTenant((tx) => t.audit.recent(tx, { limit: 100 }));
      return recent
        .filter(({ body }) => aboutOf(body) === approval)
        .map(({ kind, outcome }) => `${kind} ${outcome}`)
        .toReversed();
    },
    check: () => checkWorld(t),
  };
}

export const proofOf = (asked: {
  readonly person: PersonId;
  readonly approval: ApprovalId;
  readonly digest: string;
  readonly answer: string;
}): Json => [asked.person, asked.approval, asked.digest, asked.answer];

const about = z.object({ payload: z.object({ approval: z.string() }) });
function aboutOf(body: unknown): string | null {
  const read = about.safeParse(body);
  return read.success ? read.data.payload.approval : null;
}
