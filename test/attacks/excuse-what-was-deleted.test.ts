// An operator who deleted something wants a certificate for it: an entry that says "erased", which the operator can write.

import { describe, expect, it } from "vitest";
import { exportWorld, type FileMap } from "../support/audit-log/export.ts";
import { auditor, judge } from "../support/audit-log/judge.ts";
import { append, epoch, newWorld, tenantOf, TENANT, type World } from "../support/audit-log/world.ts";

const NO_MANIFEST = { manifest: false } as const;

/** `before` entries, a certificate, and as many again after it. */
function withCertificate(kind: string, before: number): World {
  const world = newWorld();
  for (let i = 0; i < before; i++) append(world, TENANT, { pii: true });
  append(world, TENANT, { kind });
  for (let i = 0; i < before; i++) append(world, TENANT, { pii: true });
  epoch(world);
  return world;
}

describe("A3 a certificate excuses only what is before it, and is named", () => {
  it.each(["retention.drop", "tenant.erased"])(
    "a body before an entry %s is gone: what that stands on is not proven",
    async (kind) => {
      const world = withCertificate(kind, 3);
      const entry = tenantOf(world, TENANT).entries[1];
      if (entry !== undefined) entry.parts[0] = null;
      const report = await judge(exportWorld(world, NO_MANIFEST), auditor(world));
      expect(report.counts.bodiesErased).toBe(1);
      expect(report.notProven).toContainEqual(expect.stringContaining(`its entry 3 (${kind}) says so`));
    },
  );

  it.each(["retention.drop", "tenant.erased", "subject.erased", "subject.erase", "gate.verdict"])(
    "a part of a body after an entry %s is gone: found",
    async (kind) => {
      const world = withCertificate(kind, 3);
      const entry = tenantOf(world, TENANT).entries[5];
      if (entry !== undefined) entry.parts[1] = null;
      const report = await judge(exportWorld(world, NO_MANIFEST), auditor(world));
      expect(report.verdicts[3]?.findings).toMatchObject([{ code: "body_missing", at: "entry 5, part 1" }]);
    },
  );

  it("forgetting a person destroys a key and no row: a part that is gone before it is found, too", async () => {
    const world = withCertificate("subject.erased", 3);
    const entry = tenantOf(world, TENANT).entries[1];
    if (entry !== undefined) entry.parts[1] = null;
    const report = await judge(exportWorld(world, NO_MANIFEST), auditor(world));
    expect(report.verdicts[3]?.findings).toMatchObject([{ code: "body_missing", at: "entry 1, part 1" }]);
  });

  it("all bodies of a later group are left out: not verified, whatever was dropped in the first one", async () => {
    const world = withCertificate("retention.drop", 300);
    const files = exportWorld(world, NO_MANIFEST);
    const without = (group: string): FileMap =>
      new Map([...files].filter(([path]) => !path.startsWith(`t/${TENANT}/bodies/${group}`)));
    expect((await judge(without("000"), auditor(world))).state).toBe("verified");
    const later = await judge(without("002"), auditor(world));
    expect(later.state).toBe("not_checked");
    expect(later.verdicts[3]?.says).toContain("The bodies of 1 groups");
  });

  it("a log that was erased is back: found", async () => {
    const world = withCertificate("tenant.erased", 3);
    tenantOf(world, TENANT).shredded = true;
    epoch(world);
    tenantOf(world, TENANT).shredded = false;
    epoch(world);
    const report = await judge(exportWorld(world, NO_MANIFEST), auditor(world));
    expect(report.verdicts[2]?.findings).toMatchObject([
      { code: "slot_differs", at: "epoch 2", what: "It was erased in epoch 1, and is back." },
    ]);
  });

  it("a log that was erased grows: found", async () => {
    const world = withCertificate("tenant.erased", 3);
    tenantOf(world, TENANT).shredded = true;
    epoch(world);
    append(world, TENANT);
    epoch(world);
    const report = await judge(exportWorld(world, NO_MANIFEST), auditor(world));
    expect(report.verdicts[2]?.findings).toMatchObject([
      { code: "slot_differs", at: "epoch 2", what: "It was erased in epoch 1, and grew." },
    ]);
  });

  it("the certificate itself is rewritten into the log afterwards: the tree", async () => {
    const world = withCertificate("gate.verdict", 3);
    const forged = withCertificate("retention.drop", 3);
    const files = exportWorld(world, NO_MANIFEST);
    for (const [path, bytes] of exportWorld(forged, NO_MANIFEST))
      if (path.startsWith(`t/${TENANT}/tile/`)) files.set(path, bytes);
    const report = await judge(files, auditor(world));
    expect(report.verdicts[2]?.findings.map(({ code }) => code)).toContain("root_differs");
  });
});
