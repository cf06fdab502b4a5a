// Credentials: of their own call's repository, for a minute by the clock that nobody sets, and dead when the doer is through.

import { expect } from "vitest";
import { covers } from "#controls";
import type { House } from "../house.ts";
import { those } from "../happened.ts";
import type { Trace } from "./records.ts";

/** Gives how many executions a kill has ended. */
export function checkLeases({ happened }: Trace, { sides, broker }: House): number {
  let ended = 0;
  const unended = happened.some((each) => each.kind === "broke" && each.port === "lease broker");
  for (const used of those(happened, "used")) {
    if (!used.live) continue;
    expect(used.at - used.since, "17, 30: no credential is used after its minute").toBeLessThan(60_000);
    expect(used.repositories, "17, 21: for its own repository, and no other").toEqual([
      sides[used.side]?.repository.id,
    ]);
    if (!unended) expect(used.over, "3, 17: no credential is used after its end").toBe(false);
  }
  for (const killed of those(happened, "killed"))
    for (const executed of those(happened, "executed")) {
      const { packet } = executed;
      const where = { tenant: packet.tenant, agent: packet.agent, repository: packet.repository?.id ?? null };
      const [began, at] = [happened.indexOf(executed), happened.indexOf(killed)];
      const over = happened.findIndex((each, i) => i > began && each.kind === "over" && each.call === packet.call);
      if (at < began || at > over || !covers(killed.scope, where)) continue;
      expect((happened[over]?.at ?? Infinity) - killed.at, "3: what runs ends within a second").toBeLessThan(1_000);
      ended += 1;
    }
  // One that is being revoked is dead: its provider may still be asked.
  const open = sides.flatMap(({ tenant }) => broker.open(tenant.id)).filter(({ state }) => state !== "revoking");
  expect(open, "17: nothing is open in the end").toEqual([]);
  return ended;
}
