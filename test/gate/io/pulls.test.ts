// What other rooms see of pull requests, and what they say on their check runs.

import { describe, expect, it } from "vitest";
import { acts } from "#demo/world";
import { pullRequests } from "#gate/io";
import { prose } from "#kernel";
import { enqueue } from "#platform/jobs";
import { asNumber, checkAll, stage } from "./support/stage.ts";

describe("beside the verdict", () => {
  it("lines of tickets stand on the check run, are written anew when asked for, and decide nothing", async () => {
    const s = await stage({ heard: true });
    const pulls = pullRequests(enqueue);
    const show = async (...lines: readonly string[]): Promise<void> => {
      s.beside.splice(0, s.beside.length, ...lines);
      await s.t.db.withTenant(s.tenant.claim, (tx) => pulls.refresh(tx, s.repositoryId, s.pr));
      await s.settle();
    };
    await s.settle();
    const before = s.check(s.h2)?.conclusion;
    await show("ACME-7 is new, our move. Next: page the owner (Mon 23 Nov 10:12 Europe/Berlin).");
    expect(s.check(s.h2)?.output.summary).toContain(`### Tickets\n- ${prose("ACME-7 is new, our move.")}`);
    expect(s.check(s.h2)?.conclusion).toBe(before);
    const written = (await s.entries("gate.publish")).length;
    await show("ACME-7 is new, our move. Next: page the owner (Mon 23 Nov 10:12 Europe/Berlin).");
    expect(await s.entries("gate.publish"), "the same is not written twice").toHaveLength(written);
    await show();
    expect(s.check(s.h2)?.output.summary).not.toContain("### Tickets");
    await checkAll(s);
  });
});

describe("how a pull request stands", () => {
  it("is what GitHub said last; of one that nobody has looked at, nothing", async () => {
    const s = await stage({ heard: true });
    const { state } = pullRequests(enqueue);
    const standing = (number: number) =>
      s.t.db.withTenant(s.tenant.claim, (tx) => state(tx, s.repositoryId, asNumber(number)));
    await s.settle();
    expect(await standing(s.number)).toBe("open");
    expect(await standing(9_999)).toBeNull();
    acts.closePullRequest(s.world, { repo: s.repo, number: s.number, by: "agent[bot]" });
    await s.settle();
    expect(await standing(s.number)).toBe("closed");
  });
});
