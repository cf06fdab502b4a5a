import { describe, expect, it } from "vitest";
import { BASELINE } from "#policy";
import { person } from "../support/people.ts";
import { stage } from "../support/stage.ts";

const s = await stage();
const FACTS = { ...BASELINE, tool: "repo.propose", branch: "topic", areas: ["dependencies"] } as const;
const NO = { answer: "reject", reason: "We pin them", propose: true } as const;

describe("an answer that becomes a proposed rule", () => {
  it("a no: stored sealed, told in the log, listed until it is accepted or dropped", async () => {
    const id = await s.ask({ facts: FACTS });
    const decided = await s.decide(id, person(1), NO);
    expect(decided).toMatchObject({ kind: "recorded", standing: { kind: "rejected" } });
    const [found] = await s.inTenant((tx) => s.approvals.proposals.list(tx, false));
    expect(found).toMatchObject({ kind: "rule", approval: id, state: "open" });
    expect(found?.files.cedar).toContain("We pin them");
    expect(found?.files.cases).toContain("expect: RED");
    expect(decided.kind === "recorded" ? decided.proposal : null).toBe(found?.proposal);
    expect(await s.entries(id)).toEqual([
      "approval.request success",
      "approval.decide success",
      "rule.propose success",
    ]);
    const rows = await s.t.adminSql("select encode(files, 'hex') as files from approvals.proposal");
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(Buffer.from("pin them").toString("hex"));
    if (found === undefined) return;
    const by = { type: "operator", id: "olga" } as const;
    const end = () =>
      s.inTenant((tx) => s.approvals.proposals.end(tx, found, { state: "accepted", by, requestId: "r" }));
    expect(await end()).toBe(true);
    expect(await end()).toBe(false);
    expect(await s.inTenant((tx) => s.approvals.proposals.list(tx, false))).toEqual([]);
    expect(await s.inTenant((tx) => s.approvals.proposals.read(tx, found.rule))).toMatchObject({ state: "accepted" });
    await s.check();
  });

  it("a yes becomes guidance, never an exception", async () => {
    const id = await s.ask({ facts: FACTS });
    await s.decide(id, person(1), { propose: true });
    const [found] = await s.inTenant((tx) => s.approvals.proposals.list(tx, false));
    expect(found).toMatchObject({ kind: "guidance", files: { cedar: null, cases: null } });
    expect(found?.files.prose).toContain("It still asks each time");
  });

  it("an answer that is refused proposes nothing", async () => {
    const before = (await s.inTenant((tx) => s.approvals.proposals.list(tx, true))).length;
    const id = await s.ask({ facts: FACTS });
    await s.decide(id, person(8), { propose: true });
    expect(await s.inTenant((tx) => s.approvals.proposals.list(tx, true))).toHaveLength(before);
  });
});

describe("a no from the command line", () => {
  it("ends it in the operator's name, with the reason", async () => {
    const id = await s.ask();
    const reject = () =>
      s.inTenant((tx) => s.approvals.reject(tx, { approval: id, by: "olga", reason: "a drill is under way" }));
    expect(await reject()).toMatchObject({ kind: "recorded" });
    expect(await s.standing(id)).toMatchObject({ kind: "rejected", by: "olga", reason: "a drill is under way" });
    expect(await reject()).toMatchObject({ kind: "ended" });
    await s.check();
  });
});
