import { describe, expect, it } from "vitest";
import { filesSource, verify, type Pinned, type Report } from "#verifier";
import { exportWorld, inMemory, type FileMap } from "../support/audit-log/export.ts";
import { auditor, judge, layers, OPTIONS, stateOf } from "../support/audit-log/judge.ts";
import { signingKey } from "../support/audit-log/keys.ts";
import { append, epoch, newWorld, TENANT, type World } from "../support/audit-log/world.ts";

const YOUNG = "0198c1d2-0000-7000-8000-00000000000c";

function written(entries = 300, epochs = 3): World {
  const world = newWorld();
  for (let n = 0; n < epochs; n++) {
    for (let i = 0; i < entries / epochs; i++) append(world, TENANT, { pii: i % 3 === 0 });
    epoch(world);
  }
  return world;
}

describe("the checklist", () => {
  it("an honest log is verified", async () => {
    const world = written();
    const report = await judge(exportWorld(world, { disclose: true }), auditor(world));
    expect(stateOf(report)).toBe("verified: verified, not_checked, verified, verified, verified");
    expect(layers(report)).toBe("");
  });

  it("a key of another log: tampered by name, and nothing that was not read is called verified", async () => {
    const other = newWorld();
    other.signer = signingKey("other.example/epochs", "another log");
    const report = await judge(exportWorld(written(3)), auditor(other, { policy: null }));
    expect(stateOf(report)).toBe("tampered: tampered, not_checked, not_checked, not_checked, not_checked");
    expect(report.verdicts[0]?.findings[0]?.what).toContain("your key is that of other.example/epochs");
  });
});

describe("a log that began after the newest epoch", () => {
  /** Onboarded a moment ago: it is listed, has entries, and no epoch has its head yet. */
  function withYoung(): World {
    const world = written(9);
    world.tenants.push({ id: YOUNG, slot: 2, entries: [], slotLeaves: [], shredded: false, incarnation: 1 });
    append(world, YOUNG);
    return world;
  }
  const withoutSlots = (world: World): FileMap =>
    new Map([...exportWorld(world, { disclose: true, manifest: false })].filter(([path]) => !(path.includes(TENANT) && path.includes("slots")))); // prettier-ignore
  const treeGaps = ({ verdicts }: Report): readonly string[] => verdicts.flatMap(({ gaps }) => gaps.map(({ what }) => what)); // prettier-ignore

  it("is nothing wrong with the others, where all that the epoch commits to are here: it is said that nothing of it is proven", async () => {
    const world = withYoung();
    const report = await judge(exportWorld(world, { disclose: true }), auditor(world));
    expect(report.state).toBe("verified");
    expect(report.notProven.join()).toContain(`log ${YOUNG}: it is younger`);
    epoch(world);
    const next = await judge(exportWorld(world, { disclose: true }), auditor(world, { held: report.held }));
    expect(next.state).toBe("verified");
    expect(next.notProven.join()).not.toContain(YOUNG);
  });

  it("fails closed: a head of the newest epoch that is kept back is not excused by it", async () => {
    const world = withYoung();
    const report = await judge(withoutSlots(world), auditor(world));
    expect(report.state).not.toBe("verified");
    expect(treeGaps(report).filter((what) => what.includes("in the newest epoch is not here"))).toHaveLength(2);
  });

  it("fails closed: a log that was verified before is not young", async () => {
    const world = written(9);
    const { held } = await judge(exportWorld(world, { disclose: true }), auditor(world));
    epoch(world);
    const report = await judge(withoutSlots(world), auditor(world, { held }));
    expect(report.state).not.toBe("verified");
  });

  it("asked for by its name, it is not verified before an epoch has it", async () => {
    const world = withYoung();
    const report = await judge(exportWorld(world, { disclose: true }), auditor(world), { tenants: [YOUNG] });
    expect(report.state).toBe("not_checked");
  });
});

describe("what nobody could read is not called tampered", () => {
  /** As a server answers who brings no API key: the public log, and 401 for a tenant's. */
  async function withoutKey(world: World, pinned: Pinned): Promise<Report> {
    const files = inMemory(exportWorld(world, { manifest: false }));
    const source = filesSource({
      read: async (path, most) =>
        path.startsWith("t/") ? { kind: "unreadable", why: "the server answered 401" } : files.read(path, most),
    });
    return verify(source, pinned, { ...OPTIONS, tenants: [TENANT] });
  }

  it("fails closed: a log that was verified before and is refused now is not checked, and nothing new is held", async () => {
    const world = written(9);
    const { held } = await judge(exportWorld(world), auditor(world));
    const report = await withoutKey(world, auditor(world, { held }));
    expect(report.state).toBe("not_checked");
    expect(report.verdicts.flatMap((verdict) => verdict.findings)).toEqual([]);
    expect(report.held).toBeNull();
  });

  it("case 22: what could be read and shows fewer entries than are held is tampered all the same", async () => {
    const { held } = await judge(exportWorld(written(9)), auditor(written(9)));
    const older = written(6, 2);
    const report = await judge(exportWorld(older), auditor(older, { held }));
    expect(report.verdicts[1]?.findings.map(({ code }) => code)).toContain("held_rolled_back");
  });
});
