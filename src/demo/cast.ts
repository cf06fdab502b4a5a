// The people, agents, organisations and rules of the story.

import { acts, type World } from "./world/index.ts";

const shopPolicy = `version: 1
production_branches: [main, "release/*"]
min_approvals: 1
policy_owners: [acme/platform]
migrations:
  step_up: failures
`;
const portalPolicy = `version: 1
min_approvals: 1
review_dwell_seconds: 0
paths:
  - match: ["billing/**"]
    teams: [globex/finance]
    min_approvals: 1
    step_up: true
`;

/** Tests that need nothing but Node: shell.test runs them in the sandbox, where there is no network and nothing is installed. */
const shopTests = {
  "package.json": `{ "name": "shop", "private": true, "type": "module", "scripts": { "test": "node --test" } }\n`,
  "test/invoice.test.ts": `import assert from "node:assert/strict";
import { test } from "node:test";
import { total } from "../src/invoice.ts";

test("an invoice without lines costs nothing", () => assert.equal(total([]), 0));
test("the total is the sum of the lines", () => assert.equal(total([10, 2.5]), 12.5));
`,
};

/** Who signs in to Countersign; ann belongs to both clients. */
export const PEOPLE = [
  { owner: "acme", login: "ann", roles: ["approver"] },
  { owner: "acme", login: "bob", roles: ["approver"] },
  { owner: "acme", login: "cleo", roles: ["approver"] },
  { owner: "acme", login: "ravi", roles: ["viewer"] },
  { owner: "acme", login: "ada", roles: ["approver", "operator", "admin"] },
  { owner: "globex", login: "eve", roles: ["approver"] },
  { owner: "globex", login: "finn", roles: ["approver"] },
  { owner: "globex", login: "olga", roles: ["approver", "operator", "admin"] },
  { owner: "globex", login: "ann", roles: ["viewer"] },
] as const;

export function settle(w: World): void {
  for (const [login, name] of [
    ["ann", "Ann"],
    ["bob", "Bob"],
    ["cleo", "Cleo"],
    ["ada", "Ada"],
    ["ravi", "Ravi"],
  ] as const)
    acts.addAccount(w, { login, name });
  for (const [login, name] of [
    ["eve", "Eve"],
    ["finn", "Finn"],
    ["gus", "Gus"],
    ["olga", "Olga"],
  ] as const)
    acts.addAccount(w, { login, name });
  acts.addAccount(w, { login: "agent[bot]", type: "Bot", name: "agent[bot]" });
  acts.addAccount(w, { login: "reviewer-ai[bot]", type: "Bot", name: "reviewer-ai[bot]" });

  acts.addOrganisation(w, "acme");
  acts.addMember(w, "acme", "ada", "admin");
  for (const login of ["ann", "bob", "cleo", "ravi"]) acts.addMember(w, "acme", login);
  acts.addTeam(w, "acme", "platform", { ada: "active" });
  acts.addRepository(w, {
    name: "acme/shop",
    by: "ada",
    files: {
      "src/invoice.ts": "export const total = (lines: number[]) => lines.reduce((a, b) => a + b, 0);\n",
      ".github/merge-gate.yml": shopPolicy,
      ...shopTests,
    },
    collaborators: {
      ann: "write",
      bob: "write",
      cleo: "write",
      ravi: "read",
      ada: "admin",
      "agent[bot]": "write",
      "reviewer-ai[bot]": "write",
    },
  });

  acts.addOrganisation(w, "globex");
  acts.addMember(w, "globex", "olga", "admin");
  for (const login of ["eve", "finn", "gus"]) acts.addMember(w, "globex", login);
  acts.addTeam(w, "globex", "finance", { finn: "active" });
  acts.addRepository(w, {
    name: "globex/portal",
    by: "olga",
    files: {
      "src/login.ts": "export const attempts = 3;\n",
      "billing/rates.ts": "export const rate = 0.19;\n",
      ".github/merge-gate.yml": portalPolicy,
    },
    collaborators: { eve: "write", finn: "write", gus: "write", olga: "admin", "agent[bot]": "write" },
  });
  acts.push(w, {
    repo: "globex/portal",
    branch: "develop",
    by: "gus",
    files: { "docs/next.md": "Next\n" },
    message: "Start the next release",
  });
}
