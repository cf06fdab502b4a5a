// The process dies at a step, the switch is pressed, the database is lost: nothing runs twice, and every call ends (invariants 3, 13, 17, 27).

import { describe, expect, it } from "vitest";
import type { ToolWork } from "#doer";
import type { Step } from "#doer/io";
import { readOutcome } from "../../src/gateway/io/dispatch/outcome.ts";
import { testDatabase } from "../support/database.ts";
import { doerLab, newCall } from "./support/lab.ts";

const t = await testDatabase();
const lab = doerLab(t);
const acme = await t.tenant("acme", 1);
const outcome = (call: ReturnType<typeof newCall>) =>
  t.db.withTenant(acme.claim, (tx) => readOutcome(t.keys, tx, call));
/** As if fifteen seconds had gone by without a word. */
const silence = (): Promise<unknown> => t.adminSql("update doer.execution set alive_until = now() - interval '1 second' where kind is null"); // prettier-ignore

describe("INVARIANT 27 a doer that dies", () => {
  it.each<[Step, number, string]>([
    ["verified", 1, "before the nonce is consumed: the next one executes it"],
    ["consumed", 0, "before anything ran: it ends as unknown, and never runs"],
    ["executed", 1, "after it ran and before it was told: it ends as unknown, and never runs again"],
    ["told", 1, "after it was told: it stands"],
  ])("at %s: %i execution, %s", async (at, runs) => {
    const call = newCall();
    const signed = await lab.sign(acme, { call });
    const before = lab.ran.length;
    const dying = lab.doer({
      crash: async (step) => {
        if (step === at) throw new Error("the process is gone");
      },
    });
    await expect(lab.hand(dying, acme, signed)).rejects.toThrow("gone");
    await silence();
    const next = lab.doer();
    await next.sweep();
    await lab.hand(next, acme, signed);
    await next.sweep();
    expect(lab.ran.length - before).toBe(runs);
    const ended = await outcome(call);
    expect(ended?.kind).toBe(at === "verified" || at === "told" ? "done" : "unknown");
    // INVARIANT 17: what the dead one had on lease is ended with it.
    if (ended?.kind === "unknown") expect(lab.revoked).toContain(call);
  });

  it("two that sweep at once write one end", async () => {
    const call = newCall();
    const dying = lab.doer({
      crash: (step) => (step === "consumed" ? Promise.reject(new Error("gone")) : Promise.resolve()),
    });
    await expect(lab.hand(dying, acme, await lab.sign(acme, { call }))).rejects.toThrow("gone");
    await silence();
    const swept = await Promise.all([lab.doer().sweep(), lab.doer().sweep()]);
    expect(swept.toSorted((a, b) => a - b)).toEqual([0, 1]);
    expect((await lab.log(acme)).filter((line) => line === "call.execute unknown").length).toBeGreaterThan(0);
  });
});

describe("INVARIANT 3 the kill switch", () => {
  const hangs = () => {
    const begun = Promise.withResolvers<null>();
    const work: ToolWork = () => {
      begun.resolve(null);
      return new Promise(() => {});
    };
    return { begun: begun.promise, work };
  };

  it("pressed while it runs: it ends at once, whatever the tool waits for, and its leases with it", async () => {
    const call = newCall();
    const { begun, work } = hangs();
    const handled = lab.hand(lab.doer({ tools: { "repo.read": work } }), acme, await lab.sign(acme, { call }));
    await begun;
    const at = performance.now();
    lab.kill("Somebody stopped all agents.");
    await handled;
    expect(performance.now() - at).toBeLessThan(1_000);
    expect(await outcome(call)).toEqual({ kind: "killed", why: "Somebody stopped all agents." });
    expect(lab.revoked).toContain(call);
  });

  it("A1 pressed while something is changed: it ends as fast, and it is not said that nothing was done", async () => {
    lab.unkill();
    const { begun, work } = hangs();
    const args = { repository: "acme/shop", pull_request: 1, body: "Look." };
    const signed = await lab.sign(acme, { tool: "pr.comment", args });
    const handled = lab.hand(lab.doer({ tools: { "pr.comment": work } }), acme, signed);
    await begun;
    lab.kill("Somebody stopped all agents.");
    await handled;
    const why = "Somebody stopped all agents. What it had done until then is not known.";
    expect(await outcome(lab.packetOf(signed).call)).toEqual({ kind: "killed", why });
  });

  it("pressed before: nothing runs, and the call is over", async () => {
    const call = newCall();
    const before = lab.ran.length;
    expect(await lab.hand(lab.doer(), acme, await lab.sign(acme, { call }))).toBe("refused");
    expect(lab.ran.length).toBe(before);
    expect((await outcome(call))?.kind).toBe("killed");
    lab.unkill();
  });
});
