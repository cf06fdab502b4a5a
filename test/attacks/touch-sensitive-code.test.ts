// The never list: no agent touches code for authentication, payments or personal data by itself. The file is called so that a glance, or a
// pattern, takes it for something else.

import { describe, expect, it } from "vitest";
import { observed } from "#policy";
import { propose, stageOf } from "../gateway/support/stage.ts";
import { engineOf, facts } from "../policy/rules.ts";
import { testDatabase } from "../support/database.ts";

const engine = await engineOf();
const seen = (path: string) => observed(facts({ tool: "repo.propose", branch: "topic" }), { paths: [path] });
const t = await testDatabase();
const stage = stageOf(t, await t.tenant("acme", 1));

const ATTEMPTS: Readonly<Record<string, readonly string[]>> = {
  authentication: [
    "src/auth/index.ts", "src/Auth.ts", "lib/loginForm.ts", "lib/LoginForm_v2.tsx", "app/controllers/sessions_controller.rb", "src/oauth2-client.ts",
    "internal/jwt.go", "src/middleware/requireMFA.ts", "src/passwordReset.ts", "PERMISSIONS.py", "src/rbac/rules.json", 
    "src/ａuth/x.ts", "src/SSO.kt", "pkg/signup/handler.go",
  ],
  payments: [
    "src/payments/charge.ts", "src/billing.ts", "lib/invoiceTotals.ts", "src/stripeWebhook.ts", "app/models/refund.rb", "src/checkout/cart.tsx",
    "src/Ledger.java", "src/walletV2.ts", "src/subscription-renewal.py",
  ],
  "personal data": ["src/pii/scrub.ts", "src/gdprExport.ts", "lib/personal_data.rb", "src/kyc.ts", "src/PrivacyCenter.tsx", "src/anonymize.py"],
  migrations: ["db/migrate/20260101_users.rb", "migrations/0007.sql", "alembic/versions/x.py", "src/main/resources/db/migration/V2__x.sql"],
}; // prettier-ignore

describe.each(Object.entries(ATTEMPTS))("24 X15 code for %s is touched with a person's yes to exactly that", (_, paths) => {
  it.each(paths)("%j", async (path) => {
    const argsHash = "1".repeat(64);
    const by = (given: string | null) =>
      engine.decide({ ...seen(path), argsHash, approval: given === null ? null : { argsHash: given, approver: "ada" } });
    const yellow = { colour: "YELLOW", errors: [], reasons: expect.arrayContaining([expect.objectContaining({ id: "human.sensitive_code" })]) };
    expect(await by(null)).toMatchObject(yellow);
    expect(await by("2".repeat(64))).toMatchObject(yellow);
    expect(await by(argsHash)).toMatchObject({ colour: "GREEN" });
  });
}); // prettier-ignore

it.each(["src/author.ts", "src/authored-by.ts", "docs/loginless.md", "src/sum.ts", "src/paymaster.ts"])(
  "and %j is none of it",
  (path) => expect(seen(path).areas.filter((area) => Object.keys(ATTEMPTS).includes(area))).toEqual([]),
);

it("X15 by the gateway: a person is asked, and nothing is sent to be carried out meanwhile", async () => {
  const answer = await stage.gateway.handle(stage.who, propose("src/loginForm.ts"), 10_000);
  expect(answer).toMatchObject({ kind: "pending", why: expect.stringContaining("without a person's yes") });
  expect(stage.sent()).toEqual([]);
});
