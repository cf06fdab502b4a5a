import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fault } from "#kernel";
import { createTracing, type SpanDocument, type SpanSink } from "#platform/telemetry";

const CALL = "01a1fec5-1111-7222-8333-444455556666";
const start = {
  id: CALL,
  name: "call repo.read",
  as: "agent",
  traceparent: null,
  attributes: { agent: "codex" },
} as const;

function made(sink: Partial<SpanSink> = {}) {
  let now = 1_000;
  let n = 0;
  const ended: (readonly [string, SpanDocument])[] = [];
  const tracing = createTracing({
    sink: { ended: (traceId, span) => void ended.push([traceId, span]), close: async () => {}, ...sink },
    clock: () => now,
    newSpanId: () => (n += 1).toString(16).padStart(16, "0"),
  });
  return { tracing, ended, pass: (ms: number) => (now += ms) };
}

describe("X9 one trace for each call", () => {
  it("has the call's id, and a span for each stage, with how long it took", async () => {
    const { tracing, pass } = made();
    const trace = tracing.open(start);
    const answer = await trace.stage("plan", "span", async (stage) => {
      pass(5);
      await stage.stage("read", "tool", async (inner) => {
        inner.set({ tool: "repo.read", bytes: 12 });
        pass(2);
      });
      return "planned";
    });
    pass(1);
    expect(answer).toBe("planned");
    expect(trace.close()).toEqual({
      v: 1,
      traceId: "01a1fec5111172228333444455556666",
      dropped: 0,
      spans: [
        { id: "0000000000000001", parent: null, name: "call repo.read", as: "agent", startedAt: 1_000, ms: 8, level: "DEFAULT", why: "", attributes: { agent: "codex" } },
        { id: "0000000000000002", parent: "0000000000000001", name: "plan", as: "span", startedAt: 1_000, ms: 7, level: "DEFAULT", why: "", attributes: {} },
        { id: "0000000000000003", parent: "0000000000000002", name: "read", as: "tool", startedAt: 1_005, ms: 2, level: "DEFAULT", why: "", attributes: { tool: "repo.read", bytes: 12 } },
      ],
    }); // prettier-ignore
  });

  it("of several marks the worst counts", () => {
    const trace = made().tracing.open(start);
    trace.mark("ERROR", "bug");
    trace.mark("WARNING", "refused");
    expect(trace.close().spans[0]).toMatchObject({ level: "ERROR", why: "bug" });
  });

  it("invariant 18: a stage that throws ends all the same, says so by a code, and throws on", async () => {
    const { tracing, ended } = made();
    const trace = tracing.open(start);
    const secret = new Error("password=Tr0ub4dor&3x");
    await expect(trace.stage("plan", "span", () => Promise.reject(secret))).rejects.toBe(secret);
    const gone = new Fault("database_unavailable", "The database is gone.");
    await expect(trace.stage("verdict", "guardrail", () => Promise.reject(gone))).rejects.toBe(gone);
    const { spans } = trace.close();
    expect(spans.slice(1).map(({ level, why }) => [level, why])).toEqual([
      ["ERROR", "exception"],
      ["ERROR", "database_unavailable"],
    ]);
    expect(JSON.stringify([spans, ended])).not.toContain("Tr0ub4dor");
    expect(ended).toHaveLength(3);
  });

  it("is closed once: again it says the same, and a stage that ends later is in what is said then", async () => {
    const { tracing, ended, pass } = made();
    const trace = tracing.open(start);
    await trace.stage("verdict", "guardrail", async (stage) => {
      pass(3);
      expect(trace.close().spans).toHaveLength(2);
      stage.set({ colour: "RED" });
      pass(4);
    });
    expect(trace.close().spans.map(({ ms }) => ms)).toEqual([3, 7]);
    expect(trace.close()).toEqual(trace.close());
    expect(ended.map(([, { name }]) => name)).toEqual(["call repo.read", "verdict"]);
  });
});

describe("a trace that somebody else began", () => {
  const theirs = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", span: "00f067aa0ba902b7" };
  it("is joined: their trace's id, their span above ours, and ours for whoever goes on", async () => {
    const { tracing } = made();
    const trace = tracing.open({ ...start, traceparent: `00-${theirs.traceId}-${theirs.span}-00` });
    expect(trace.traceId).toBe(theirs.traceId);
    // Not sampled, they say: that is not for them to say.
    expect(trace.traceparent).toBe(`00-${theirs.traceId}-0000000000000001-01`);
    await trace.stage("execute", "tool", async (stage) =>
      expect(stage.traceparent).toBe(`00-${theirs.traceId}-0000000000000002-01`),
    );
    expect(trace.close().spans[0]?.parent).toBe(theirs.span);
  });
  const wrong = ["", "00", `01-${theirs.traceId}-${theirs.span}-01`, `00-${"0".repeat(32)}-${theirs.span}-01`, `00-${theirs.traceId}-${"0".repeat(16)}-01`, `00-${theirs.traceId.toUpperCase()}-${theirs.span}-01`, `00-${theirs.traceId}-${theirs.span}-01-extra`, "x".repeat(100_000)]; // prettier-ignore
  it.each(wrong.map((each) => [each.slice(0, 60), each] as const))("not well-formed, it is as if there were none: %s", (_, traceparent) => {
    const { tracing } = made();
    expect(tracing.open({ ...start, traceparent }).traceId).toBe(CALL.replaceAll("-", ""));
  }); // prettier-ignore
});

describe("whatever the exporter does, the call does not notice", () => {
  const broken: readonly (readonly [string, Partial<SpanSink>])[] = [
    ["it throws", { ended: () => { throw new Error("broken"); } }],
    ["it throws at the end", { close: () => Promise.reject(new Error("broken")) }],
  ]; // prettier-ignore
  it.each(broken)("%s", async (_, sink) => {
    const { tracing } = made(sink);
    const trace = tracing.open(start);
    expect(await trace.stage("plan", "span", async () => 42)).toBe(42);
    expect(trace.close().spans).toHaveLength(2);
    await expect(tracing.close()).resolves.toBeUndefined();
  });
});

describe("limits", () => {
  it("spans over the limit are counted, and their work is done all the same", async () => {
    const { tracing, ended } = made();
    const trace = tracing.open(start);
    let done = 0;
    for (let i = 0; i < 250; i += 1) await trace.stage(`stage ${i}`, "span", async () => void (done += 1));
    const { spans, dropped } = trace.close();
    expect([done, spans.length, dropped, ended.length]).toEqual([250, 200, 51, 200]);
  });
  it("texts are short and without secrets, numbers are numbers, and there are not many", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.double(), fc.boolean())), async (attributes) => {
        const { tracing } = made();
        const trace = tracing.open({ ...start, name: "n".repeat(1_000), attributes });
        const token = `ghp_${"A1b2C3d4E5".repeat(4)}`;
        trace.set({ long: "x".repeat(10_000), token, cutWithin: `${"x ".repeat(120)}${token}` });
        const [root] = trace.close().spans;
        const all = Object.values(root?.attributes ?? {});
        expect(all.length).toBeLessThanOrEqual(32);
        for (const value of all) expect(typeof value === "number" ? Number.isFinite(value) : String(value).length <= 256).toBe(true);
        expect(JSON.stringify(root)).not.toContain("A1b2C3d4E5");
      }),
    ); // prettier-ignore
  });
});
