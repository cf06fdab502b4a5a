// The story of the demo: two clients, their people and agents, and pull requests in each verdict. Everything here happened
// before the visitor came; GitHub's deliveries about it wait in the queue and leave when the server listens.

import type { KeyObject } from "node:crypto";
import type { Role } from "#identity";
import { PEOPLE, settle } from "./cast.ts";
import { type Asked, clock, opener, type Pass } from "./opening.ts";
import { acts, makeWorld, repository, type World } from "./world/index.ts";

export const DEMO_APP_ID = 4242;

export interface StoryTenant {
  readonly prefix: string;
  readonly owner: string;
  readonly installation: number;
}

export interface StoryPerson {
  readonly owner: string;
  readonly login: string;
  readonly roles: readonly Role[];
}

export interface Story {
  readonly world: World;
  readonly tenants: readonly StoryTenant[];
  readonly asked: readonly Asked[];
  /** Who signs in to Countersign, and what for. */
  readonly people: readonly StoryPerson[];
  /** From here on the world lives by the real clock. */
  readonly begin: (webhookUrl: string) => void;
}

const HOUR = 3_600_000;
const MINUTE = 60_000;

function tellShop(w: World, pass: Pass, asked: Asked[]): void {
  const open = opener(w, pass, asked);
  const repo = "acme/shop";
  const agent = "agent[bot]";
  const rounding = open({
    repo,
    branch: "fix-rounding",
    by: agent,
    askedBy: "cleo",
    title: "Round invoice totals to cents",
    files: {
      "src/invoice.ts":
        "export const total = (lines: number[]) => Math.round(lines.reduce((a, b) => a + b, 0) * 100) / 100;\n",
      "test/rounding.test.ts": `import assert from "node:assert/strict";
import { test } from "node:test";
import { total } from "../src/invoice.ts";

test("a total has no fraction of a cent", () => assert.equal(total([0.1, 0.2]), 0.3));
`,
    },
  });
  acts.approve(w, { ...rounding, by: "ann", body: "Checked against the ledger." });
  acts.endJob(w, {
    repo,
    sha: repository(w, repo).branches.get("fix-rounding") ?? "",
    name: "unit tests",
    conclusion: "success",
    job: {
      steps: [
        { name: "Set up job", conclusion: "success" },
        { name: "npm test", conclusion: "success" },
      ],
      log: "2026-11-02T09:00:01.0000000Z ##[group]Run npm test\n2026-11-02T09:00:04.0000000Z 3 tests passed: totals are rounded to cents\n",
    },
  });

  open({
    repo,
    branch: "retry-webhooks",
    by: agent,
    askedBy: "cleo",
    title: "Retry payment webhooks that time out",
    files: { "src/webhooks.ts": "export const tries = 5;\n" },
  });

  const search = open({
    repo,
    branch: "faster-search",
    by: agent,
    askedBy: "bob",
    title: "Answer searches from the index",
    files: { "src/search.ts": "export const fast = true;\n" },
  });
  acts.approve(w, { ...search, by: "ann" });
  pass(5 * MINUTE);
  acts.push(w, {
    repo,
    branch: "faster-search",
    by: agent,
    files: { "src/search.ts": "export const fast = 'mostly';\n" },
    message: "One small thing after the approval",
  });

  const rename = open({
    repo,
    branch: "rename-table",
    by: agent,
    askedBy: "bob",
    title: "Rename the customer table",
    files: { "src/customer.ts": "export const table = 'clients';\n" },
  });
  acts.approve(w, { ...rename, by: "ann" });
  pass(5 * MINUTE);
  w.knobs.rebind = true;
  acts.amend(w, {
    repo,
    branch: "rename-table",
    by: agent,
    files: { "src/customer.ts": "export const table = 'clients; drop';\n" },
    message: "Rename the customer table",
  });
  w.knobs.rebind = false;

  const policy = open({
    repo,
    branch: "less-friction",
    by: agent,
    askedBy: "cleo",
    title: "Reduce review friction for agents",
    files: { ".github/merge-gate.yml": "version: 1\nmin_approvals: 0\n" },
  });
  acts.approve(w, { ...policy, by: "reviewer-ai[bot]", body: "LGTM" });
  pass(MINUTE);
  acts.approve(w, { ...policy, by: "bob" });

  const schema = open({
    repo,
    branch: "tidy-customers",
    by: agent,
    askedBy: "bob",
    title: "Tidy up the customer table",
    files: {
      "db/migrations/0007_tidy_customers.sql":
        "-- Nobody reads the fax number any more.\nALTER TABLE customer DROP COLUMN fax;\n\nCREATE INDEX customer_email ON customer (email);\nDROP TABLE customer_backup;\n",
    },
  });
  acts.approve(w, { ...schema, by: "ann", body: "The backup is from 2019." });

  open({
    repo,
    branch: "half-done",
    by: agent,
    askedBy: "cleo",
    draft: true,
    title: "Split the checkout into steps",
    files: { "src/checkout.ts": "export const steps = 3;\n" },
  });

  const own = open({
    repo,
    branch: "bobs-cache",
    by: "bob",
    title: "Cache the price list",
    files: { "src/prices.ts": "export const cached = true;\n" },
  });
  acts.approve(w, { ...own, by: "bob", body: "Works on my machine." });
}

/** The rules themselves are broken on this branch: nothing is decided by guessing what they meant. */
function tellRelease(w: World, pass: Pass, asked: Asked[]): void {
  const open = opener(w, pass, asked);
  acts.push(w, {
    repo: "acme/shop",
    branch: "release/2",
    by: "ada",
    files: { ".github/merge-gate.yml": "version: 1\nmin_approvals: two\nreviewers: [ann]\n" },
    message: "Prepare the release",
  });
  const backport = open({
    repo: "acme/shop",
    branch: "backport",
    by: "agent[bot]",
    askedBy: "cleo",
    base: "release/2",
    title: "Backport the rounding fix",
    files: { "src/round.ts": "export const round = Math.round;\n" },
  });
  acts.approve(w, { ...backport, by: "ann" });
}

function tellPortal(w: World, pass: Pass, asked: Asked[]): void {
  const open = opener(w, pass, asked);
  const repo = "globex/portal";
  const agent = "agent[bot]";
  const login = open({
    repo,
    branch: "login-form",
    by: agent,
    askedBy: "eve",
    title: "Show why a login failed",
    files: { "src/login.ts": "export const attempts = 5;\n" },
  });
  acts.requestChanges(w, { ...login, by: "gus", body: "This tells an attacker which accounts exist." });
  pass(3 * MINUTE);
  acts.approve(w, { ...login, by: "finn" });

  const rate = open({
    repo,
    branch: "new-rate",
    by: agent,
    askedBy: "eve",
    title: "Apply the new rate from January",
    files: { "billing/rates.ts": "export const rate = 0.2;\n" },
  });
  acts.approve(w, { ...rate, by: "finn", body: "Confirmed with the tax office." });

  open({
    repo,
    branch: "docs",
    by: agent,
    askedBy: "gus",
    base: "develop",
    title: "Describe the next release",
    files: { "docs/next.md": "Next: everything\n" },
  });

  const unasked = open({
    repo,
    branch: "dependencies",
    by: agent,
    title: "Update dependencies",
    files: { "package.json": '{ "dependencies": {} }\n' },
  });
  acts.approve(w, { ...unasked, by: "eve" });
}

export function tellStory(given: {
  readonly publicKey: KeyObject;
  readonly webhookSecret: string;
  readonly seed: number;
}): Story {
  const time = clock(Math.floor((Date.now() - 6 * HOUR) / 1000) * 1000);
  const world = makeWorld({
    now: time.now,
    seed: given.seed,
    app: { id: DEMO_APP_ID, publicKey: given.publicKey },
    webhook: { secret: given.webhookSecret, automatic: false },
  });
  settle(world);
  time.pass(MINUTE);
  const tenants = [
    { prefix: "acme", owner: "acme", installation: acts.installApp(world, { account: "acme", by: "ada" }).id },
    { prefix: "globex", owner: "globex", installation: acts.installApp(world, { account: "globex", by: "olga" }).id },
  ];
  acts.addRuleset(world, { on: "acme/shop", name: "production", rules: acts.soundRules(DEMO_APP_ID) }, "ada");
  acts.addRuleset(world, { on: "globex/portal", name: "production", rules: acts.soundRules(DEMO_APP_ID) }, "olga");
  const asked: Asked[] = [];
  tellShop(world, time.pass, asked);
  tellRelease(world, time.pass, asked);
  tellPortal(world, time.pass, asked);
  return {
    world,
    tenants,
    asked,
    people: PEOPLE,
    begin(webhookUrl) {
      time.live();
      world.hook.url = webhookUrl;
      world.hook.automatic = true;
    },
  };
}
