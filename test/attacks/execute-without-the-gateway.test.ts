// Who has stolen a signing key, or sits in the gateway, wants something done that the log, the rules or the people did not say (X13, X15).

import sql, { type Sql } from "sql-template-tag";
import { describe, expect, it } from "vitest";
import type { ApprovalFact } from "#doer";
import { approvalId, digest, type ApprovalId } from "#kernel";
import { doerLab, newCall } from "../doer/support/lab.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const lab = doerLab(t);
const acme = await t.tenant("acme", 1);
const doer = lab.doer();
const approval: ApprovalId = approvalId("01ff0000-0000-7000-8000-0000000000ff") ?? expect.unreachable();

describe("X13 no intent in the log, no execution", () => {
  it("an intent that is not there", async () => {
    const packet = lab.packetOf(await lab.sign(acme));
    const forged = await lab.forge(acme, {
      ...packet,
      intent: "01ff0000-0000-7000-8000-000000000001",
      call: newCall(),
    });
    expect(await lab.hand(doer, acme, forged)).toBe("not believed");
  });

  it("another call's intent, and an entry that is no intent at all", async () => {
    const [one, two] = [lab.packetOf(await lab.sign(acme)), lab.packetOf(await lab.sign(acme))];
    expect(await lab.hand(doer, acme, await lab.forge(acme, { ...one, intent: two.intent }))).toBe("not believed");
    const [entry] = await t.db.withTenant(acme.claim, (tx) => t.audit.recent(tx, { limit: 1, kinds: ["doer.signature_rejected"] })); // prettier-ignore
    expect(await lab.hand(doer, acme, await lab.forge(acme, { ...one, intent: entry?.id }))).toBe("not believed");
  });
});

describe("rules and people", () => {
  it("X11 the floor of another build: refused, whatever else is right", async () => {
    const other = lab.doer({ floor: "0".repeat(64) });
    expect(await lab.hand(other, acme, await lab.sign(acme))).toBe("refused");
  });

  it("X11 YELLOW without anybody's yes", async () => {
    expect(await lab.hand(doer, acme, await lab.sign(acme, { verdict: "YELLOW" }))).toBe("refused");
  });

  it.each<[string, ApprovalFact]>([
    ["that does not stand any more", { kind: "does not stand", why: "Nobody said yes." }],
    ["of other arguments", { kind: "stands", digest: digest("b".repeat(64)) ?? expect.unreachable() }],
  ])("INVARIANT 14 an approval %s", async (_, fact) => {
    const asked = lab.doer({ approval: async () => fact });
    const signed = await lab.sign(acme, { verdict: "YELLOW", approval });
    expect(await lab.hand(asked, acme, signed)).toBe("refused");
  });

  it("INVARIANT 14 a GREEN packet that names an approval stands on it, too", async () => {
    expect(await lab.hand(doer, acme, await lab.sign(acme, { approval }))).toBe("refused");
  });

  it("a tool that this doer does not have, and arguments that the tool does not take", async () => {
    const merge = { repository: "acme/shop", pull_request: 1, head_sha: "a".repeat(40) };
    expect(await lab.hand(doer, acme, await lab.sign(acme, { tool: "pr.merge", args: merge }))).toBe("refused");
    expect(await lab.hand(doer, acme, await lab.sign(acme, { args: { repository: "acme/shop" } }))).toBe("refused");
  });

  it("none of it ran", () => expect(lab.ran).toEqual([]));
});

describe("keys", () => {
  it("a retired key's packets are believed a little longer, a revoked one's not", async () => {
    const before = await lab.sign(acme);
    const { retired } = await lab.rotate(acme);
    expect(await lab.hand(doer, acme, before)).toBe("executed");
    const late = await lab.sign(acme);
    await t.adminSql("update packets.signing_key set state = 'revoked', sealed = null, dek_id = null, ended_at = coalesce(ended_at, now()), believed_until = null where kid = $1", [lab.packetOf(late).kid]); // prettier-ignore
    expect(await lab.hand(doer, acme, late)).toBe("not believed");
    expect(retired).not.toBe(null);
  });

  it("a retired key after its overlap", async () => {
    const signed = await lab.sign(acme);
    await lab.rotate(acme);
    await t.adminSql("alter table packets.signing_key disable trigger only_forward");
    await t.adminSql("update packets.signing_key set ended_at = now() - interval '9 minutes', believed_until = now() - interval '4 minutes' where state = 'retired'"); // prettier-ignore
    expect(await lab.hand(doer, acme, signed)).toBe("not believed");
  });

  it("INVARIANT: the doer's login reads no private half, and no key that opens one", async () => {
    const claim = (await lab.database.claimFor(acme.id)) ?? expect.unreachable();
    const asked = (statement: Sql) => lab.database.withTenant(claim, (tx) => tx.run(statement));
    await expect(asked(sql`select sealed from packets.signing_key`)).rejects.toThrow();
    expect(await t.adminSql("select 1 from keys.dek where purpose = 'packet'")).not.toEqual([]);
    expect(await asked(sql`select 1 from keys.dek where purpose = 'packet'`)).toBe(0);
  });
});
