// The pages for people over a real database, with the local GitHub that signs them in, and requests that wait.

import { createHash, generateKeyPairSync } from "node:crypto";
import { afterAll } from "vitest";
import { createApprovals, type Approvals } from "#approvals/io";
import type { NewApproval } from "#approvals";
import { createPeople, type PeopleParts } from "#console";
import { createBreaker } from "#controls/io";
import { acts, makeWorld, serveWorld, worldApp, type World } from "#demo/world";
import { addAgent, agentOwner, agentsHere, createPasskeys, findPerson, putPerson, type Passkeys } from "#identity/io";
import type { Person, Role } from "#identity";
import { approvalId, callId, digest, userId, type AgentId, type ApprovalId, type CallId, type Digest } from "#kernel";
import { createSignIn } from "#platform/github";
import { createHttpApp, type HttpApp } from "#platform/http";
import { enqueue } from "#platform/jobs";
import { createLog } from "#platform/log";
import { testDatabase, type TestDatabase, type TestTenant } from "./database.ts";
import { visitor, type Visitor } from "./visitor.ts";

export const ORIGIN = "https://countersign.example";
const API = "https://api.github.com";
const CLIENT_SECRET = "demo-client-secret-0123456789abcdef";

export interface PeopleStage {
  readonly t: TestDatabase;
  readonly world: World;
  readonly app: HttpApp;
  readonly approvals: Approvals;
  readonly passkeys: Passkeys;
  readonly acme: TestTenant;
  readonly globex: TestTenant;
  /** An account at GitHub, and a person of this tenant. */
  person(tenant: TestTenant, login: string, roles: readonly Role[]): Promise<Person>;
  roles(tenant: TestTenant, login: string, roles: readonly Role[]): Promise<void>;
  /** Only at GitHub. */
  account(login: string): number;
  visitor(): Visitor;
  /** What GitHub answers a browser. */
  github(path: string): Promise<Response>;
  /** Through GitHub's page to the first page of ours. */
  signIn(login: string, who?: Visitor, path?: string): Promise<Visitor>;
  agent(tenant: TestTenant, name: string, requester: Person): Promise<AgentId>;
  /** A request that waits. */
  ask(
    tenant: TestTenant,
    agent: AgentId,
    more?: Partial<NewApproval>,
  ): Promise<{ readonly approval: ApprovalId; readonly digest: Digest; readonly call: CallId }>;
  /** Of the page that a form is on. */
  csrf(who: Visitor): Promise<string>;
  /** Kinds and outcomes of the newest entries, newest first. */
  newest(tenant: TestTenant, count: number): Promise<readonly string[]>;
}

function there<T>(value: T | null): T {
  if (value === null) throw new Error("not a value of its kind");
  return value;
}

const SHOWN: NewApproval["shown"] = {
  title: "Merge pull request #7 into acme/shop",
  tool: "pr.merge",
  agent: "claude",
  requester: "cleo",
  repository: "acme/shop",
  observed: [
    "All checks are green.",
    `Two files are changed at ${"0123456789abcdef".repeat(4)}, none of them protected.`,
  ],
  recommended: "Merge it.",
  rules: [{ id: "human.irreversible", version: "1", text: "What cannot be undone needs a person." }],
  confidence: { value: 62, why: ["The diff is larger than usual."] },
  arguments: [
    { name: "number", value: "7" },
    { name: "sha", value: "3f786850e387550fdab836ed7e6dc881de23001b" },
  ],
  preview: "- export const tries = 5;\n+ export const tries = 8;",
  consequences: "The commit goes to main, and with the next deployment to production.",
};

/** `served`: its GitHub listens, for a real browser. */
export async function peopleStage(
  over: Partial<PeopleParts> = {},
  { served = false }: { readonly served?: boolean } = {},
): Promise<PeopleStage> {
  const t = await testDatabase();
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const world = makeWorld({ now: Date.now, app: { id: 77, publicKey } });
  const publicUrl = over.publicUrl ?? (() => ORIGIN);
  world.logins.callbacks.add(`${publicUrl()}/login/callback`);
  const github = worldApp(world);
  const running = served ? await serveWorld(world) : null;
  if (running !== null) afterAll(running.close);
  const passkeys = createPasskeys({
    append: t.append,
    place: () => ({ origin: new URL(publicUrl()).origin, host: new URL(publicUrl()).hostname }),
  });
  const approvals = createApprovals({
    notices: null,
    append: t.append,
    enqueue,
    keys: t.keys,
    person: findPerson,
    owner: agentOwner,
    stepUp: passkeys,
    onDecided: async () => {},
    monotonicMs: () => performance.now(),
    boot: "test",
  });
  const app = createHttpApp({ log: createLog({ level: "silent", secrets: [] }), notReady: async () => null });
  app.route(
    "/",
    createPeople({
      db: t.db,
      append: t.append,
      spool: t.spool,
      signIn: createSignIn({
        apiUrl: running?.url ?? API,
        clientId: world.app.clientId,
        clientSecret: CLIENT_SECRET,
        // Both of GitHub's hosts are this world.
        fetch: running === null ? async (url, init) => github.request(pathOf(new Request(url).url), init) : fetch,
      }),
      passkeys,
      approvals,
      planAgain: async () => ({ kind: "same" }),
      became: async () => null,
      breaker: createBreaker({ append: t.append }),
      agents: async (tx) => (await agentsHere(tx)).map(({ id, name }) => ({ agent: id, name })),
      publicUrl,
      clock: Date.now,
      ...over,
    }),
  );
  const by = { initiator: { type: "operator", id: "test" }, requestId: "r1" } as const;
  const account = (login: string): number =>
    [...world.accounts.values()].find((each) => each.login === login)?.id ??
    acts.addAccount(world, { login, name: login }).id;
  const put = async (tenant: TestTenant, login: string, roles: readonly Role[]): Promise<Person> => {
    const github = there(userId(account(login)));
    const made = await putPerson(t.operator, { tenant: tenant.id, github, login, roles, by });
    if (made.kind === "no_tenant") throw new Error("no tenant");
    return made.person;
  };
  let calls = 0;

  const stage: PeopleStage = {
    t,
    world,
    app,
    approvals,
    passkeys,
    acme: await t.tenant("acme", 1),
    globex: await t.tenant("globex", 2),
    person: put,
    roles: async (tenant, login, roles) => void (await put(tenant, login, roles)),
    account,
    visitor: () => visitor(app, publicUrl()),
    github: async (path) => github.request(path),
    async signIn(login, who = visitor(app, publicUrl()), path = "/approvals") {
      const left = await who.get(`/login/github?return=${encodeURIComponent(path)}`);
      const chosen = await github.request(`${pathOf(left.headers.get("location") ?? "")}&as=${login}`);
      await who.get(pathOf(chosen.headers.get("location") ?? ""));
      return who;
    },
    async agent(tenant, name, requester) {
      const made = await addAgent(t.operator, {
        tenant: tenant.id,
        name,
        requester: there(requester.github),
        tools: "all",
        by,
      });
      if (made.kind !== "added") throw new Error(made.kind);
      return made.id;
    },
    async ask(tenant, agent, more = {}) {
      calls += 1;
      const wanted: Digest = there(digest(createHash("sha256").update(`call ${calls}`).digest("hex")));
      const call: CallId = there(callId(`00000000-0000-4000-8000-${String(calls).padStart(12, "0")}`));
      const claim = there(await t.db.claimFor(tenant.id));
      const made = await t.db.withTenant(claim, (tx) =>
        approvals.request(tx, {
          call,
          digest: wanted,
          policySet: "0".repeat(64),
          headSha: null,
          agent,
          requester: null,
          risk: "normal",
          quorum: 1,
          minutes: 60,
          shown: SHOWN,
          deliver: null,
          ...more,
        }),
      );
      return { approval: there(approvalId(made.approval)), digest: more.digest ?? wanted, call };
    },
    async csrf(who) {
      const page = await (await who.get("/approvals")).text();
      return /name="csrf" value="([0-9a-f]{64})"/.exec(page)?.[1] ?? "";
    },
    async newest(tenant, count) {
      const claim = there(await t.db.claimFor(tenant.id));
      const found = await t.db.withTenant(claim, (tx) => t.audit.recent(tx, { limit: count }));
      return found.map(({ kind, outcome }) => `${kind} ${outcome}`);
    },
  };
  return stage;
}

/** Without its host. */
export function pathOf(url: string): string {
  const { pathname, search } = new URL(url, ORIGIN);
  return pathname + search;
}
