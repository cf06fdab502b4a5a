import { describe, expect, it } from "vitest";
import { exportWorld } from "../support/audit-log/export.ts";
import { auditor, judge, layers, stateOf } from "../support/audit-log/judge.ts";
import { append, epoch, newWorld, TENANT, type World } from "../support/audit-log/world.ts";

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
});
