import type { KeyObject } from "node:crypto";
import { type Hook, makeHook } from "./deliveries/log.ts";
import { ghost, githubActions, webFlow } from "./model/known-accounts.ts";
import type { Account } from "./model/accounts.ts";
import type { App, Installation, Permissions, Token } from "./model/apps.ts";
import type { Clock } from "./model/clock.ts";
import { type Ids, makeIds, seeded } from "./model/ids.ts";
import { type Logins, makeLogins } from "./model/logins.ts";
import type { Organisation } from "./model/organisations.ts";
import type { Repository } from "./model/repositories.ts";
import { type Faults, makeFaults } from "./server/faults.ts";
import { type Journal, makeJournal } from "./server/journal.ts";

/** GitHub's own odd behaviours, each off until a test turns it on. */
export interface Knobs {
  /** A force-push re-points the `commit_id` of APPROVED reviews to the new head (A04). */
  rebind: boolean;
  /** So many merge calls are answered 405 "Base branch was modified" first (E03). */
  baseModified: number;
  /** The repository activity API of forks answers 404 (D07). */
  forkActivityHidden: boolean;
  /** The API does not show bypass actors to the App. */
  bypassActorsHidden: boolean;
}

export interface World {
  readonly now: Clock;
  /** Tokens and JWTs are checked against this one, as their holders live by the host's clock. */
  readonly wallClock: Clock;
  readonly random: () => number;
  readonly ids: Ids;
  /** `storage`: another host, where logs lie. */
  readonly urls: { api: string; html: string; storage: string };
  readonly accounts: Map<number, Account>;
  /** By the id of the organisation's account. */
  readonly organisations: Map<number, Organisation>;
  readonly repositories: Map<number, Repository>;
  readonly apps: Map<number, App>;
  /** The App under test. */
  readonly app: App;
  readonly installations: Map<number, Installation>;
  readonly tokens: Map<string, Token>;
  readonly manifests: Map<string, unknown>;
  /** What the storage host has an address for, by the address's name. */
  readonly stored: Map<string, { readonly repository: number; readonly job: number; readonly until: number }>;
  readonly logins: Logins;
  readonly hook: Hook;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly knobs: Knobs;
}

export interface WorldOptions {
  readonly now: Clock;
  readonly wallClock?: Clock;
  readonly seed?: number;
  readonly app: {
    readonly id: number;
    readonly slug?: string;
    readonly publicKey: KeyObject;
    readonly permissions?: Permissions;
    readonly events?: readonly string[];
  };
  readonly webhook?: { readonly url?: string; readonly secret: string; readonly automatic?: boolean };
}

/** gate.md section 6, "app.yml". */
export const APP_PERMISSIONS: Permissions = {
  metadata: "read",
  pull_requests: "write",
  contents: "write",
  checks: "write",
  statuses: "read",
  members: "read",
  issues: "write",
  actions: "read",
  deployments: "read",
  workflows: "write",
  merge_queues: "read",
  administration: "read",
};
export const APP_EVENTS: readonly string[] = [
  "pull_request",
  "pull_request_review",
  "pull_request_review_comment",
  "issues",
  "issue_comment",
  "push",
  "merge_group",
  "check_run",
  "check_suite",
  "status",
  "repository_ruleset",
  "branch_protection_rule",
  "member",
  "membership",
  "team",
  "organization",
  "repository",
];

function appUnderTest(options: WorldOptions["app"], at: number): { readonly app: App; readonly bot: Account } {
  const slug = options.slug ?? "countersign";
  const botId = 100_000 + options.id;
  return {
    bot: { id: botId, login: `${slug}[bot]`, type: "Bot", name: null, emails: [], removed: false },
    app: {
      id: options.id,
      slug,
      name: slug,
      clientId: `Iv23li${String(options.id).padStart(14, "0")}`,
      ownerId: ghost.id,
      botId,
      publicKey: options.publicKey,
      permissions: options.permissions ?? APP_PERMISSIONS,
      events: options.events ?? APP_EVENTS,
      createdAt: at,
    },
  };
}

/** An empty GitHub: nobody but the accounts every GitHub has, and the App under test, installed nowhere. */
export function makeWorld(options: WorldOptions): World {
  const random = seeded(options.seed ?? 1);
  const { app, bot } = appUnderTest(options.app, options.now());
  const actions: App = {
    id: 15_368,
    slug: "github-actions",
    name: "GitHub Actions",
    clientId: "Iv1.05c79e9ad1f6bdfa",
    ownerId: ghost.id,
    botId: githubActions().id,
    publicKey: null,
    permissions: {},
    events: [],
    createdAt: options.now(),
  };
  const hook = makeHook(
    options.webhook?.url ?? null,
    options.webhook?.secret ?? "",
    options.webhook?.automatic ?? false,
  );
  const accounts = [{ ...ghost }, webFlow(), githubActions(), bot];
  return {
    now: options.now,
    wallClock: options.wallClock ?? Date.now,
    random,
    ids: makeIds(random),
    urls: { api: "https://api.github.com", html: "https://github.com", storage: "https://logs.example.com" },
    accounts: new Map(accounts.map((account) => [account.id, account])),
    organisations: new Map(),
    repositories: new Map(),
    apps: new Map([
      [app.id, app],
      [actions.id, actions],
    ]),
    app,
    installations: new Map(),
    tokens: new Map(),
    manifests: new Map(),
    logins: makeLogins("demo-client-secret-0123456789abcdef"),
    hook,
    faults: makeFaults(),
    journal: makeJournal(),
    stored: new Map(),
    knobs: { rebind: false, baseModified: 0, forkActivityHidden: false, bypassActorsHidden: false },
  };
}
