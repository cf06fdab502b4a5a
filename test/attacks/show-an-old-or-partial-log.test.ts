// Everything that is shown is signed and witnessed. It is only not everything, or not today's.

import { describe, expect, it } from "vitest";
import { filesSource, verify, type Files, type Pinned, type Report } from "#verifier";
import { exportWorld, inMemory, type FileMap } from "../support/audit-log/export.ts";
import { auditor, judge, OPTIONS } from "../support/audit-log/judge.ts";
import { OTHER_TENANT, TENANT, uuid } from "../support/audit-log/world.ts";
import { receiptFor, story } from "../tamper/story.ts";

const world = story();
/** Of the newest epoch. */
const NEWEST = Date.parse("2026-03-01T00:15:32.000Z");
const files = (): FileMap => exportWorld(world, { manifest: false });
const notProven = (report: Report): string => report.notProven.join("\n");

describe("A3 what is not shown is not proven, and the report says so", () => {
  it.each([
    [20_000, "less than a minute ago"],
    [4 * 60_000, "4 minutes ago"],
    [26 * 3_600_000, "26 hours ago"],
    [90 * 86_400_000, "90 days ago"],
  ])("a log that has stood still for %i ms: how old its newest epoch is", async (after, says) => {
    const report = await judge(files(), auditor(world), { now: world.time + after });
    expect(report.state).toBe("verified");
    expect(notProven(report)).toContain(says);
  });

  it("the same when an earlier run has read every epoch", async () => {
    const { held } = await judge(files(), auditor(world));
    const again = await judge(files(), auditor(world, { held }), { now: world.time + 90 * 86_400_000 });
    expect(notProven(again)).toContain("90 days ago");
  });

  it("an epoch of tomorrow: not checked, and which clocks to look at", async () => {
    const report = await judge(files(), auditor(world), { now: NEWEST - 86_400_000 });
    expect(report.state).toBe("not_checked");
    expect(report.verdicts[4]?.gaps[0]?.what).toContain("after your own clock");
  });

  it("a tenant is left out of an export: the newest epoch commits to one more", async () => {
    const without = new Map([...files()].filter(([path]) => !path.startsWith(`t/${OTHER_TENANT}/`)));
    expect(notProven(await judge(without, auditor(world)))).toContain("commits to 2, and 1 of them was read");
    expect(notProven(await judge(files(), auditor(world)))).not.toContain("of them");
  });

  it("the slot of an epoch in the middle is left out: what it committed to is not proven", async () => {
    const path = `t/${TENANT}/slots/000.p/3`;
    const lines = Buffer.from(files().get(path) ?? [])
      .toString()
      .split("\n");
    const without = files().set(path, Buffer.from(lines.filter((line) => !line.startsWith('{"epoch":1,')).join("\n")));
    const report = await judge(without, auditor(world));
    expect(report.state).toBe("verified");
    expect(notProven(report)).toContain("it may have shown another past and taken it back");
    expect(notProven(await judge(files(), auditor(world)))).not.toContain("taken it back");
  });

  it("a receipt is made so that it is never due: no excuse for its entry, but a question", async () => {
    const never = { ...receiptFor(world, 3), index: null, leaf: new Uint8Array(32), entry: uuid(2 ** 47, 1) };
    const pinned: Pinned = auditor(world, { receipts: [never] });
    const report = await judge(files(), pinned);
    expect(report.state).toBe("not_checked");
    expect(report.verdicts[1]?.gaps[0]?.what).toContain("dated after your own clock");
  });

  it.each(["read", "list"] as const)("the manifest cannot be looked at (%s): not checked", async (what) => {
    const honest = inMemory(exportWorld(world));
    const unreadable = { kind: "unreadable", why: "the system answered EIO" } as const;
    const broken: Files = {
      read: async (path, most) => (what === "read" && path === "manifest.json" ? unreadable : honest.read(path, most)),
      list: async () => (what === "list" ? unreadable : ((await honest.list?.()) ?? unreadable)),
    };
    const report = await verify(filesSource(broken), auditor(world), { ...OPTIONS, tenants: [TENANT] });
    expect(report.state).toBe("not_checked");
    expect(report.verdicts[2]?.gaps[0]?.what).toContain("list of files");
  });
});
