// X7: an agent whose breaker opened waits for a person, so a person is told: the client's owners, and whoever listens by webhook.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MOST_UPDATES } from "#controls";
import { createBreaker } from "#controls/io";
import { addAgent } from "#identity/io";
import { userId, type AgentId } from "#kernel";
import { createDelivery, createTell } from "#notify/io";
import { setDesk } from "#tickets/io";
import { stillStopped, tellAgentStopped } from "../../src/main/agent-stopped.ts";
import { aCall } from "../controls/support/ids.ts";
import { Provider } from "../notify/support/stage.ts";
import { checkWorld } from "../support/world.ts";
import { MONA, stage } from "../tickets/stage.ts";

const s = await stage();
const provider = new Provider();
const { send } = provider;
const by = { initiator: { type: "human", id: "7" }, requestId: "looked" } as const;
const breaker = createBreaker({
  append: s.t.append,
  onTrip: tellAgentStopped({
    tell: createTell(s.t.keys, async (_, event) => (event === "agent.stopped" ? ["R1"] : [])),
    keys: s.t.keys,
    page: () => "https://countersign.example/controls",
  }),
});
const { drain } = createDelivery({
  database: s.t.db,
  append: s.t.append,
  keys: s.t.keys,
  carriers: { github: send, slack: send, mail: send, webhook: send },
  stands: async (tx, about) => about.kind === "stopped" && stillStopped(tx, about.agent),
  onDelivered: async () => {},
  onLost: async () => {},
  onProblem: (_, error) => {
    throw error;
  },
  held: () => false,
});
let calls = 0;

const agentNamed = async (name: string): Promise<AgentId> => {
  const made = await addAgent(s.t.operator, {
    tenant: s.tenant.id,
    name,
    requester: userId(7) ?? expect.unreachable(),
    tools: "all",
    by: { initiator: { type: "operator", id: "test" }, requestId: "test" },
  });
  return made.kind === "added" ? made.id : expect.unreachable();
};
const admit = (agent: AgentId, updates: number) =>
  s.inTenant((tx) => breaker.admit(tx, { agent, session: "s", call: aCall((calls += 1)), updates, cents: 0 }));
const mails = () => provider.taken.filter(({ to }) => to.kind === "mail");

beforeAll(async () => {
  await s.inTenant((tx) => setDesk(s.deps, tx, { pages: ["mail:ops@acme.test"] }, MONA));
});
afterAll(async () => {
  await checkWorld(s.t);
});

describe("X7 an agent is stopped by its circuit breaker", () => {
  it("its owners are told once: which agent, why, that nothing was carried out, and how it goes on", async () => {
    const agent = await agentNamed("builder");
    expect(await admit(agent, MOST_UPDATES)).toMatchObject({ kind: "admitted" });
    expect(await drain()).toBe(0);
    for (let n = 0; n < 3; n += 1) expect(await admit(agent, 1)).toMatchObject({ kind: "open" });
    await drain();
    expect(mails()).toHaveLength(1);
    const { message } = mails()[0] ?? expect.unreachable();
    expect(message.title).toBe("Agent builder is stopped: it was about to change more than an agent may");
    expect(message.text).toContain("51 updates and 0.00 USD. Without a person looking it may change 50 updates");
    expect(message.text).toContain("That call was not carried out, and none of its calls is until somebody resets it.");
    expect(message.text).toContain("countersign control breaker reset --tenant acme --agent builder --reason TEXT");
    expect(message.buttons).toEqual([
      { label: "Look at what is stopped", url: "https://countersign.example/controls" },
    ]);
    expect(provider.taken.map(({ to }) => to)).toContainEqual(
      expect.objectContaining({ kind: "webhook", event: "agent.stopped", webhook: "R1" }),
    );
  });

  it("each time that it is", async () => {
    const agent = await agentNamed("again");
    const before = mails().length;
    for (let n = 0; n < 2; n += 1) {
      await admit(agent, MOST_UPDATES + 1);
      await drain();
      await s.inTenant((tx) => breaker.reset(tx, { agent, reason: "looked at", by }));
    }
    expect(mails().length - before).toBe(2);
  });

  it("nobody is told what somebody has looked at already", async () => {
    const agent = await agentNamed("looked-at");
    const before = provider.taken.length;
    await admit(agent, MOST_UPDATES + 1);
    await s.inTenant((tx) => breaker.reset(tx, { agent, reason: "looked at", by }));
    await drain();
    expect(provider.taken).toHaveLength(before);
  });

  it("nobody is told of what did not happen: the word is in the same transaction", async () => {
    const agent = await agentNamed("undone");
    const before = provider.taken.length;
    const undone = s.inTenant(async (tx) => {
      await breaker.admit(tx, { agent, session: "s", call: aCall((calls += 1)), updates: 51, cents: 0 });
      throw new Error("the process ended here");
    });
    await expect(undone).rejects.toThrow("ended here");
    await drain();
    expect(provider.taken).toHaveLength(before);
  });
});
