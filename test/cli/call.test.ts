import { describe, expect, it } from "vitest";
import { call } from "#cli";
import { agentId, callId, instantOfMillis } from "#kernel";
import type { SpanDocument, TraceDocument } from "#platform/telemetry";
import { ranWith } from "./terminal.ts";

const ID = "01a1fec5-1111-7222-8333-444455556666";
const span = (id: string, parent: string | null, name: string, over: Partial<SpanDocument> = {}): SpanDocument => ({
  id,
  parent,
  name,
  as: "span",
  startedAt: 0,
  ms: 3,
  level: "DEFAULT",
  why: "",
  attributes: {},
  ...over,
});
const trace: TraceDocument = {
  v: 1,
  traceId: ID.replaceAll("-", ""),
  dropped: 2,
  spans: [
    span("a", "somebody-elses", "call repo.read", { attributes: { agent: "codex" } }),
    span("b", "a", "verdict", { attributes: { colour: "GREEN" } }),
    span("c", "a", "execute", { level: "ERROR", why: "kil\u001b[31mled" }),
    span("d", "c", "read"),
  ],
};
const ran = (found: TraceDocument | null, ...argv: readonly string[]) =>
  ranWith(
    call({
      trace: async (_, tenant) =>
        tenant === "nobody" ? { kind: "refused", problems: ["No such tenant."] } : { kind: "trace", trace: found },
      list: () => expect.unreachable(),
      show: () => expect.unreachable(),
    }),
    ["call", "trace", ...argv],
  );

describe("X9 countersign call trace", () => {
  it("prints the stages as they lay in each other, with control characters made visible", async () => {
    const { out, status } = await ran(trace, ID);
    expect(out).toEqual([
      "Trace 01a1fec5111172228333444455556666",
      "3 ms  call repo.read  agent=codex",
      "  3 ms  verdict  colour=GREEN",
      "  3 ms  execute  ERROR: kil\\u{1b}[31mled",
      "    3 ms  read",
      "2 more spans were not kept.",
    ]);
    expect(status).toBe(0);
  });
  it("prints the document as it is kept", async () => {
    const { out } = await ran(trace, ID, "--json");
    expect(JSON.parse(out.join(""))).toEqual(trace);
  });
  it("a document that goes round in circles ends", async () => {
    const { out } = await ran(
      { ...trace, spans: [span("a", null, "call"), span("b", "a", "x"), span("b", "b", "y")] },
      ID,
    );
    expect(out.length).toBeGreaterThan(2);
  });
  it("no trace: status 1", async () => {
    const { err, status } = await ran(null, ID);
    expect(err.join("")).toContain("no trace");
    expect(status).toBe(1);
  });
  it("no id, no tenant: status 2", async () => {
    expect((await ran(trace, "17")).status).toBe(2);
    expect((await ran(trace, ID, "--tenant", "nobody")).status).toBe(2);
  });
});

describe("X9 countersign call list, show", () => {
  const listed = (over: object = {}) => ({
    call: callId(ID) ?? expect.unreachable(),
    agent: agentId(ID) ?? expect.unreachable(),
    agentName: "fixer",
    tool: "pr.merge",
    from: "mcp",
    state: "ended" as const,
    colour: "YELLOW",
    outcome: "refused",
    code: "policy_red",
    approval: null,
    at: instantOfMillis(0),
    endedAt: instantOfMillis(1),
    ...over,
  });
  const ports = {
    trace: () => expect.unreachable(),
    list: async () => ({ kind: "calls", calls: [listed(), listed({ state: "pending" })] }) as const,
    show: async () => ({ kind: "call", call: null }) as const,
  };

  it("says in words how each stands", async () => {
    const { out } = await ranWith(call(ports), ["call", "list"]);
    expect(out).toEqual([
      `1970-01-01T00:00:00.000Z  ${ID}  fixer  pr.merge  was refused (policy red)  YELLOW`,
      `1970-01-01T00:00:00.000Z  ${ID}  fixer  pr.merge  waits for a person  YELLOW`,
    ]);
  });
  it("no such call: status 1", async () => {
    expect(await ranWith(call(ports), ["call", "show", ID])).toMatchObject({ status: 1, out: [] });
  });
});
