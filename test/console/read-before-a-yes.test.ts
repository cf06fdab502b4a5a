// A click on "Approve": what the call is about is read from GitHub first, and only then does a short transaction take the answer.

import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Again } from "#gateway/io";
import { ORIGIN, peopleStage } from "../support/people-stage.ts";

const SAME: Again = { kind: "same" };
/** What happens while GitHub is read, and what is found. */
const reading: { during: () => Promise<Again>; times: number } = { during: async () => SAME, times: 0 };
const s = await peopleStage({
  planAgain: () => {
    reading.times += 1;
    return reading.during();
  },
});
let agents = 0;
const asked = async (during: () => Promise<Again>) => {
  const agent = await s.agent(s.acme, `claude-${(agents += 1)}`, await s.person(s.acme, "cleo", ["viewer"])); // prettier-ignore
  Object.assign(reading, { during, times: 0 });
  return s.ask(s.acme, agent);
};
const openTransactions = async (): Promise<number> =>
  z
    .array(z.object({ n: z.coerce.number() }))
    .parse(
      await s.t.adminSql(
        "select count(*) as n from pg_stat_activity where datname = current_database() and state = 'idle in transaction'",
      ),
    )[0]?.n ?? Number.NaN;
beforeAll(async () => {
  await s.person(s.acme, "ann", ["approver"]);
  await s.person(s.acme, "ada", ["approver"]);
  await s.person(s.acme, "bob", ["viewer"]);
});

describe("what a yes is given to is read outside of any transaction", () => {
  it.each(["page", "api"] as const)("by the %s: no session of the database waits for GitHub", async (by) => {
    let open = Number.NaN;
    const { approval, digest } = await asked(async () => {
      open = await openTransactions();
      return SAME;
    });
    const ann = await s.signIn("ann");
    const csrf = await s.csrf(ann);
    const answered =
      by === "page"
        ? await ann.post(`/approvals/${approval}`, { csrf, digest, answer: "approve", reason: "" })
        : await ann.json(
            `/api/approvals/${approval}`,
            { digest, answer: "approve" },
            { origin: ORIGIN, "sec-fetch-site": "same-origin", "x-csrf-token": csrf },
          );
    expect([answered.status, open, reading.times]).toEqual([200, 0, 1]);
  });

  it("who lost the role while GitHub was read has said nothing", async () => {
    const { approval, digest } = await asked(async () => {
      await s.roles(s.acme, "ann", ["viewer"]);
      return SAME;
    });
    const ann = await s.signIn("ann");
    const answered = await ann.post(`/approvals/${approval}`, { csrf: await s.csrf(ann), digest, answer: "approve" });
    // A change of roles signs out.
    expect([answered.status, answered.headers.get("location")]).toEqual([303, "/login"]);
    await s.roles(s.acme, "ann", ["approver"]);
    const again = await s.signIn("ann");
    expect(await (await again.get("/approvals")).text()).toContain(`/approvals/${approval}`);
  });

  it("a no that lands while GitHub is read is the end of it", async () => {
    const ada = await s.signIn("ada");
    const no = { csrf: await s.csrf(ada), answer: "reject", reason: "not today" };
    const { approval, digest } = await asked(async () => {
      expect((await ada.post(`/approvals/${approval}`, { ...no, digest })).status).toBe(200);
      return SAME;
    });
    const ann = await s.signIn("ann");
    const answered = await ann.post(`/approvals/${approval}`, { csrf: await s.csrf(ann), digest, answer: "approve" });
    expect([answered.status, await answered.text()]).toEqual([409, expect.stringContaining("not today")]);
  });

  it("nothing is read for a no, nor for somebody who may not approve", async () => {
    const { approval, digest } = await asked(async () => expect.unreachable());
    const bob = await s.signIn("bob");
    const click = async (who: typeof bob, answer: string) =>
      (await who.post(`/approvals/${approval}`, { csrf: await s.csrf(who), digest, answer, reason: "no" })).status;
    expect(await click(bob, "approve")).toBe(403);
    expect(await click(await s.signIn("ann"), "reject")).toBe(200);
    expect(reading.times).toBe(0);
  });

  it("fail closed: where nothing could be read, nobody says yes, and a no still counts", async () => {
    const { approval, digest } = await asked(async () => ({ kind: "unread", why: "GitHub is away." }));
    const ann = await s.signIn("ann");
    const fields = { csrf: await s.csrf(ann), digest, reason: "no" };
    expect((await ann.post(`/approvals/${approval}`, { ...fields, answer: "approve" })).status).toBe(403);
    expect((await ann.post(`/approvals/${approval}`, { ...fields, answer: "reject" })).status).toBe(200);
  });
});
