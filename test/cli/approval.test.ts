import { describe, expect, it } from "vitest";
import type { Asked, Standing } from "#approvals";
import type { Proposal } from "#approvals/io";
import { approval, policyProposals, type ApprovalChannelPorts, type ApprovalPorts, type ProposalPorts } from "#cli";
import { approvalId, instantOfMillis } from "#kernel";
import { agent, call, hash, person } from "../approvals/support/people.ts";
import { SHOWN } from "../approvals/support/stage.ts";
import { ranWith } from "./terminal.ts";

const never = (): never => expect.unreachable();
const id = approvalId("00000000-0000-4000-8900-000000000001") ?? never();
const at = instantOfMillis(0);
const asked = (standing: Standing, title = SHOWN.title): Asked => ({
  approval: id,
  call: call(1),
  digest: hash(1),
  risk: "high",
  agent: agent(1),
  requester: person(8),
  requestedAt: at,
  expiresAt: at,
  standing,
  shown: { ...SHOWN, title },
  answered: [],
});
const WAITS: Standing = { kind: "pending", yes: 0, of: 2, expiresAt: at };
const ran = (args: readonly string[], over: Partial<ApprovalPorts>, channels: Partial<ApprovalChannelPorts> = {}) =>
  ranWith(
    approval(
      { list: never, show: never, reject: never, ...over },
      { list: never, slack: never, mail: never, ...channels },
    ),
    ["approval", ...args],
  );

describe("countersign approval", () => {
  it("list: status 0 where nothing waits, 1 where something does", async () => {
    expect(await ran(["list"], { list: async () => ({ kind: "approvals", approvals: [] }) })).toEqual({
      out: ["Nothing waits for a person."],
      err: [],
      status: 0,
    });
    const some = await ran(["list"], { list: async () => ({ kind: "approvals", approvals: [asked(WAITS)] }) });
    expect(some.status).toBe(1);
    expect(some.out).toEqual([
      `${id}  pr.merge  Merge pull request #7  by builder for rita  high risk  waits: 0 of 2 yes, until 1970-01-01T00:00:00.000Z`,
    ]);
  });

  it("show: everything that is needed to decide; what an agent wrote moves no cursor", async () => {
    const shown = await ran(["show", id], {
      show: async () => ({ kind: "approval", approval: asked(WAITS, "a\u001b[2Jb") }),
    });
    expect(shown.status).toBe(0);
    expect(shown.out.join("\n")).not.toContain("\u001b");
    for (const each of [
      "All checks are green.",
      "Merge it.",
      "human.irreversible@1",
      "number = 7",
      "It goes to production.",
    ])
      expect(shown.out.join("\n")).toContain(each);
  });

  it("reject needs a reason, and says when it had ended before", async () => {
    expect((await ran(["reject", id], {})).status).toBe(2);
    const done = await ran(["reject", id, "--reason", "no"], { reject: async () => ({ kind: "rejected" }) });
    expect(done).toEqual({ out: ["Rejected."], err: [], status: 0 });
    const late = await ran(["reject", id, "--reason", "no"], {
      reject: async () => ({ kind: "ended", standing: { kind: "void", at, why: "head_moved" } }),
    });
    expect(late).toMatchObject({
      out: ["Nothing was changed: void: the pull request has new commits."],
      status: 1,
    });
  });

  it("there is no command that approves", async () => {
    expect((await ran(["approve", id], {})).status).toBe(2);
  });
});

const PROPOSAL: Proposal = {
  proposal: "p-1",
  approval: id,
  kind: "rule",
  rule: "learned.pr_merge.a1",
  state: "open",
  at,
  files: { title: "Merge", cedar: "forbid (principal, action, resource);\n", cases: "cases: []\n", prose: null },
};
const proposals = (args: readonly string[], over: Partial<ProposalPorts>) =>
  ranWith(policyProposals({ list: never, show: never, accept: never, drop: never, ...over }), [
    "policy",
    "proposals",
    ...args,
  ]);

describe("countersign policy proposals", () => {
  it("list and show them as they would stand in the constitution", async () => {
    const list = await proposals(["list"], { list: async () => ({ kind: "proposals", proposals: [PROPOSAL] }) });
    expect(list.out).toEqual(["p-1  learned.pr_merge.a1  rule  open  1970-01-01T00:00:00.000Z  after: Merge"]);
    const show = await proposals(["show", "p-1"], { show: async () => ({ kind: "proposal", proposal: PROPOSAL }) });
    expect(show.out.slice(1)).toEqual(["forbid (principal, action, resource);", "cases: []"]);
  });

  it("accept says where the files are; a rule that does not hold is refused with every reason", async () => {
    const files = ["clients/acme/constitution/learned.pr_merge.a1.cedar"];
    const good = await proposals(["accept", "p-1"], {
      accept: async () => ({ kind: "accepted", rule: PROPOSAL.rule, files }),
    });
    expect(good.out).toEqual([`learned.pr_merge.a1 is accepted: ${files.join()}`]);
    const bad = await proposals(["accept", "p-1"], { accept: async () => ({ kind: "refused", problems: ["a", "b"] }) });
    expect(bad).toMatchObject({ err: ["a", "b"], status: 2 });
  });
});

describe("countersign approval channel", () => {
  it("set slack and remove slack: one channel, or none", async () => {
    const asked: unknown[] = [];
    const slack: ApprovalChannelPorts["slack"] = async (each) => {
      asked.push(each);
      return { kind: "set" };
    };
    const set = ["channel", "set", "slack", "--tenant", "acme", "--team", "T1", "--channel", "C1"];
    expect(await ran(set, {}, { slack })).toMatchObject({ out: ["Approvers are told in that channel."], err: [] });
    await ran(["channel", "remove", "slack", "--tenant", "acme"], {}, { slack });
    expect(asked).toEqual([
      { tenant: "acme", place: { team: "T1", channel: "C1" } },
      { tenant: "acme", place: null },
    ]);
  });
  it("set mail and remove mail: one approver; a refusal is said with status 2", async () => {
    const asked: unknown[] = [];
    const mail: ApprovalChannelPorts["mail"] = async (each) => {
      asked.push(each);
      return asked.length === 1 ? { kind: "set" } : { kind: "refused", problems: ["No such person."] };
    };
    const set = ["channel", "set", "mail", "ann", "--tenant", "acme", "--address", "ann@acme.example"];
    expect(await ran(set, {}, { mail })).toMatchObject({ out: ["ann is told by mail."] });
    expect(await ran(["channel", "remove", "mail", "eve", "--tenant", "acme"], {}, { mail })).toMatchObject({
      err: ["No such person."],
      status: 2,
    });
    expect(asked).toEqual([
      { tenant: "acme", login: "ann", address: "ann@acme.example" },
      { tenant: "acme", login: "eve", address: null },
    ]);
  });
  it("list: where they are told, or how to say it", async () => {
    const list = (mail: readonly { login: string; address: string }[]) => async () =>
      ({ kind: "told", slack: { team: "T1", channel: "C1" }, mail }) as const;
    expect(
      await ran(
        ["channel", "list", "--tenant", "acme"],
        {},
        { list: list([{ login: "ann", address: "a@acme.example" }]) },
      ),
    ).toMatchObject({ out: ["slack  workspace T1, channel C1", "mail   ann  a@acme.example"] });
  });
});
