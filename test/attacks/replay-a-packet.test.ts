// A genuine packet, sent again: to many doers at once, later, after its minute, after the clock was set back (invariants 13, 30).

import sql from "sql-template-tag";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { furthest } from "#doer";
import { instantOfMillis } from "#kernel";
import { doerLab, newCall } from "../doer/support/lab.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const lab = doerLab(t);
const acme = await t.tenant("acme", 1);

describe("X12, invariant 13: a packet is executed once", () => {
  it("by ten doers at the same moment: one executes it", async () => {
    const doers = Array.from({ length: 10 }, () => lab.doer());
    const call = newCall();
    const signed = await lab.sign(acme, { call });
    const handled = await Promise.all(doers.map((doer) => lab.hand(doer, acme, signed)));
    expect(handled.filter((each) => each === "executed")).toEqual(["executed"]);
    expect(handled.filter((each) => each === "not believed").length).toBe(9);
    expect(lab.ran).toEqual([call]);
  });

  it("again later; and the same call or the same intent under another nonce", async () => {
    const doer = lab.doer();
    const signed = await lab.sign(acme);
    expect(await lab.hand(doer, acme, signed)).toBe("executed");
    expect(await lab.hand(doer, acme, signed)).toBe("not believed");
    const packet = lab.packetOf(signed);
    const again = { ...packet, nonce: Buffer.alloc(32, 7).toString("base64url") };
    expect(await lab.hand(doer, acme, await lab.forge(acme, again))).toBe("not believed");
  });

  it("INVARIANT: nobody takes a nonce back, not with the doer's own login", async () => {
    await expect(
      lab.database.platformStatement(sql`delete from doer.nonce returning 1 as one`, z.object({})),
    ).rejects.toThrow();
  });
});

describe("X12, invariant 30: a packet is good for a minute", () => {
  const later = (ms: number) => {
    const clock = furthest();
    return lab.doer({ furthest: (now, mono) => clock(instantOfMillis(now + ms), mono) });
  };
  it.each([
    ["61 seconds later", 61_000],
    ["exactly when it ends", 60_500],
    ["of a time that has not come yet, by an hour", -3_600_000],
  ])("%s: refused, and its call is over", async (_, ms) => {
    const call = newCall();
    expect(await lab.hand(later(ms), acme, await lab.sign(acme, { call }))).toBe("refused");
    expect(lab.ran).not.toContain(call);
    const rows = await t.adminSql("select kind from doer.execution where call_id = $1", [call]);
    expect(rows).toEqual([{ kind: "refused" }]);
  });

  it("a lifetime of more than a minute, signed with the very key", async () => {
    const packet = lab.packetOf(await lab.sign(acme));
    const long = await lab.forge(acme, { ...packet, exp: packet.iat + 60_001 });
    expect(await lab.hand(lab.doer(), acme, long)).toBe("refused");
  });

  it("INVARIANT 30 the database's clock is set back after the packet ran out: it stays refused", async () => {
    const signed = await lab.sign(acme);
    const clock = furthest();
    let offset = 120_000;
    const doer = lab.doer({ furthest: (now, mono) => clock(instantOfMillis(now + offset), mono) });
    await lab.hand(doer, acme, await lab.sign(acme));
    offset = 0;
    expect(await lab.hand(doer, acme, signed)).toBe("refused");
  });
});
