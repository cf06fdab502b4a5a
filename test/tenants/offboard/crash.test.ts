// O6: the process ends at every boundary of a way out, one after the other, and each time it ends in the same certificate.

import { describe, expect, it } from "vitest";
import type { CertificateFacts } from "#tenants";
import { sampleEntry } from "../../support/attack.ts";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { offboarding } from "../../support/offboarding.ts";

const t = await testDatabase();
const way = await offboarding(t);

class Crash extends Error {}

async function leaving(prefix: string, installation: number): Promise<TestTenant> {
  const tenant = await t.tenant(prefix, installation);
  for (let n = 0; n < 3; n++) await t.db.withTenant(tenant.claim, (tx) => t.append(tx, sampleEntry(`secret ${n}`)));
  await way.order(tenant);
  await way.witness(tenant);
  return tenant;
}

/** What it says, without what is every client's own: ids, instants, hashes. */
const told = ({ steps, rows, checks, override, log }: CertificateFacts) => ({
  steps: steps.map(({ step, detail }) => ({ step, keys: Object.keys(detail).toSorted() })),
  rows,
  checks: checks.map(({ id }) => id),
  override,
  size: log.size,
});
const newest = () => told(way.outside.certificates.at(-1) ?? expect.unreachable());

describe("O6 a crash after each commit of a way out", () => {
  it("ends in the certificate of one that was never cut off", async () => {
    const commits: string[] = [];
    const watched = { after: async (commit: string) => void commits.push(commit) };
    const whole = await leaving("whole", 1);
    await way.drive(whole, watched);
    await way.after(whole, 301);
    expect(await way.drive(whole, watched)).toEqual({ kind: "gone" });
    const wanted = newest();
    expect(commits.length).toBeGreaterThan(20);

    const cutOff = await leaving("cutoff", 2);
    const crashed = new Set<string>();
    let left = false;
    let seen = "";
    const once = {
      async after(commit: string) {
        // Each commit of its kind once: "rows of" comes for every table.
        if (crashed.has(commit)) return;
        crashed.add(commit);
        seen = commit;
        throw new Crash(commit);
      },
    };
    for (;;) {
      const answer = await way.drive(cutOff, once).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
        return null;
      });
      if (answer === null) continue;
      if (answer.kind === "gone") break;
      expect({ answer: answer.kind, left, seen }).toEqual({ answer: "window", left: false, seen });
      left = true;
      await way.after(cutOff, 301);
    }
    expect([...crashed].toSorted()).toEqual([...new Set(commits)].toSorted());
    expect(newest()).toEqual(wanted);
    expect(way.outside.certificates).toHaveLength(2);
  }, 120_000);
});
