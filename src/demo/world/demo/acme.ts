import * as acts from "../acts/index.ts";
import type { World } from "../world.ts";
import { AGENT, type DemoTenant, PRODUCTION, type Story, tell } from "./story.ts";

const ACME_POLICY = `version: 1
production_branches: [main, "release/*"]
paths:
  - match: ["billing/**"]
    teams: [acme/pay]
policy_owners: [acme/platform]
merge_method: squash
`;

/** The first tenant: its people, repository and rules. */
export function settleAcme(w: World): DemoTenant {
  acts.addOrganisation(w, "acme");
  acts.addMember(w, "acme", "olga", "admin");
  for (const login of ["maya", "tom"]) acts.addMember(w, "acme", login);
  acts.addTeam(w, "acme", "pay", { tom: "active" });
  acts.addTeam(w, "acme", "platform", { olga: "active" });
  acts.addRepository(w, {
    name: "acme/payments",
    by: "olga",
    files: { ".github/merge-gate.yml": ACME_POLICY },
    collaborators: { maya: "write", tom: "write", olga: "admin", [AGENT]: "write", "review-bot[bot]": "write" },
  });
  acts.addRuleset(w, { on: "acme/payments", rules: acts.soundRules(w.app.id), include: PRODUCTION }, "olga");
  return {
    organisation: "acme",
    installation: acts.installApp(w, { account: "acme", by: "olga" }).id,
    repositories: ["acme/payments"],
    people: [
      { login: "maya", role: "reviewer" },
      { login: "tom", role: "reviewer, team pay" },
      { login: "olga", role: "administrator" },
      { login: AGENT, role: "coding agent" },
    ],
  };
}

/** What happened in acme/payments in the last hours. */
export function tellAcme(story: Story): void {
  const { w, clock, repo } = story;
  tell(
    story,
    {
      branch: "fix-rounding",
      title: "Round invoice totals half up",
      minutesAgo: 240,
      files: { "src/totals.ts": "export const round = Math.round;\n" },
      expects: "approved",
    },
    (at) => acts.approve(w, { ...at, by: "maya", body: "Checked against the ledger." }),
  );
  tell(story, {
    branch: "retry-webhooks",
    title: "Retry failed webhooks",
    minutesAgo: 220,
    files: { "src/webhooks.ts": "export const retries = 3;\n" },
    expects: "no_approval",
  });
  tell(
    story,
    {
      branch: "export-csv",
      title: "Export invoices as CSV",
      minutesAgo: 200,
      files: { "src/export.ts": "export const csv = 1;\n" },
      expects: "stale_sha",
    },
    (at) => {
      acts.approve(w, { ...at, by: "maya" });
      clock.ago(180);
      acts.push(w, {
        repo,
        branch: "export-csv",
        by: AGENT,
        files: { "src/export.ts": "export const csv = 2;\n" },
        message: "Quote commas",
      });
    },
  );
  tell(
    story,
    {
      branch: "drop-retries",
      title: "Drop the retry limit",
      minutesAgo: 170,
      files: { "src/limits.ts": "export const limit = Infinity;\n" },
      expects: "changes_requested",
    },
    (at) => acts.requestChanges(w, { ...at, by: "tom", body: "An endless loop against our own API." }),
  );
  tell(
    story,
    {
      branch: "new-parser",
      title: "A faster parser (work in progress)",
      minutesAgo: 160,
      files: { "src/parser.ts": "export {};\n" },
      draft: true,
      expects: "draft",
    },
    (at) => acts.approve(w, { ...at, by: "maya" }),
  );
  tell(
    story,
    {
      branch: "tidy-logs",
      title: "Tidy log lines",
      minutesAgo: 150,
      files: { "src/log.ts": "export const level = 1;\n" },
      expects: "contributor",
    },
    (at) => {
      acts.push(w, {
        repo,
        branch: "tidy-logs",
        by: "tom",
        files: { "src/log.ts": "export const level = 2;\n" },
        message: "One more level",
      });
      clock.ago(130);
      acts.approve(w, { ...at, by: "tom" });
    },
  );
  tell(
    story,
    {
      branch: "bump-deps",
      title: "Update dependencies",
      minutesAgo: 125,
      files: { "deps.txt": "2\n" },
      expects: "not_human",
    },
    (at) => acts.approve(w, { ...at, by: "review-bot[bot]", body: "Looks good to me!" }),
  );
  tell(
    story,
    {
      branch: "refund-limit",
      title: "Raise the refund limit",
      minutesAgo: 115,
      files: { "billing/refunds.ts": "export const limit = 5000;\n" },
      expects: "missing_team",
    },
    (at) => acts.approve(w, { ...at, by: "maya" }),
  );
  tell(
    story,
    {
      branch: "cache-rates",
      title: "Cache exchange rates",
      minutesAgo: 100,
      files: { "src/rates.ts": "export const ttl = 60;\n" },
      expects: "review_rebound",
    },
    (at) => {
      acts.approve(w, { ...at, by: "maya" });
      clock.ago(80);
      w.knobs.rebind = true;
      acts.forcePush(w, {
        repo,
        branch: "cache-rates",
        by: AGENT,
        files: { "src/rates.ts": "export const ttl = 60_000;\n" },
      });
      w.knobs.rebind = false;
    },
  );
  tell(
    story,
    {
      branch: "hotfix-tax",
      title: "Hotfix: tax rate",
      minutesAgo: 60,
      files: { "src/tax.ts": "export const rate = 0.19;\n" },
      expects: "merged_around",
    },
    (at) => void acts.mergeAsAdmin(w, { ...at, by: "olga" }),
  );
}
