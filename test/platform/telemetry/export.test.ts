import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openTracing, type Tracing } from "#platform/telemetry";
import { openCollector, type Collector } from "../../support/otlp.ts";

const open: Collector[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});
async function collector(answers?: 200 | 400 | "silent"): Promise<Collector> {
  const one = await openCollector(answers);
  open.push(one);
  return one;
}
const problems: unknown[] = [];
const to = (url: string, timeoutMs = 500): Promise<Tracing> =>
  openTracing({ url, headers: { authorization: "Basic abc" }, timeoutMs }, (error) => problems.push(error));

async function aCall(tracing: Tracing, traceparent: string | null = null) {
  const trace = tracing.open({
    id: "01a1fec5-1111-7222-8333-444455556666",
    name: "call shell.test",
    as: "agent",
    traceparent,
    attributes: { tenant: "acme", agent: "codex" },
  });
  await trace.stage("verdict", "guardrail", async (stage) => stage.set({ colour: "GREEN" }));
  await trace.stage("execute", "tool", async (stage) => {
    stage.set({ tool: "shell.test" });
    stage.mark("ERROR", "killed");
  });
  return trace.close();
}

describe("what arrives at a collector", () => {
  it("is the document: the same ids, times and parents, with the names that Langfuse shows", async () => {
    const there = await collector();
    const tracing = await to(there.url);
    const document = await aCall(tracing);
    await tracing.close();
    const byName = new Map(there.spans.map((span) => [span.name, span]));
    expect(there.spans).toHaveLength(3);
    for (const span of document.spans)
      expect(byName.get(span.name)).toMatchObject({
        traceId: document.traceId,
        spanId: span.id,
        startTimeUnixNano: `${span.startedAt}000000`,
        endTimeUnixNano: `${span.startedAt + span.ms}000000`,
        ...(span.parent === null ? {} : { parentSpanId: span.parent }),
      });
    expect(byName.get("call shell.test")?.attributes).toMatchObject({
      "langfuse.trace.name": "call shell.test",
      "langfuse.observation.type": "agent",
      "countersign.tenant": "acme",
    });
    expect(byName.get("verdict")?.attributes).toMatchObject({
      "langfuse.observation.type": "guardrail",
      "langfuse.observation.metadata.colour": "GREEN",
    });
    expect(byName.get("execute")).toMatchObject({
      status: { code: 2, message: "killed" },
      attributes: {
        "langfuse.observation.type": "tool",
        "langfuse.observation.level": "ERROR",
        "langfuse.observation.status_message": "killed",
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "shell.test",
      },
    });
    expect(there.headers[0]).toMatchObject({ authorization: "Basic abc" });
  });

  it("joins the trace that the agent began, sampled by it or not", async () => {
    const there = await collector();
    const tracing = await to(there.url);
    await aCall(tracing, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
    await tracing.close();
    expect(new Set(there.spans.map(({ traceId }) => traceId))).toEqual(new Set(["4bf92f3577b34da6a3ce929d0e0e4736"]));
    expect(there.spans.find(({ name }) => name === "call shell.test")?.parentSpanId).toBe("00f067aa0ba902b7");
  });
});

describe("X9 whatever becomes of it, the call is answered and its document kept", () => {
  it("a collector that refuses", async () => {
    const there = await collector(400);
    const tracing = await to(there.url);
    expect((await aCall(tracing)).spans).toHaveLength(3);
    await tracing.close();
    expect(there.asked()).toBeGreaterThan(0);
  });
  it("one that never answers: the end waits for it no longer than it may", async () => {
    const there = await collector("silent");
    const tracing = await to(there.url, 200);
    expect((await aCall(tracing)).spans).toHaveLength(3);
    await tracing.close();
  });
  it("one that is not there", async () => {
    const tracing = await to("http://127.0.0.1:9/v1/traces");
    expect((await aCall(tracing)).spans).toHaveLength(3);
    await tracing.close();
  });
  it("nobody configured one: documents all the same", async () => {
    const tracing = await openTracing(null, (error) => problems.push(error));
    expect((await aCall(tracing)).spans).toHaveLength(3);
    await tracing.close();
    expect(problems).toEqual([]);
  });
});

it("OpenTelemetry is loaded by one file, which is imported when somebody has configured an exporter", () => {
  const root = join(import.meta.dirname, "../../../src");
  const texts = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
  const named = texts.filter(({ text }) => /from "@opentelemetry\/|import\("@opentelemetry\//.test(text));
  expect(named.map(({ path }) => path)).toEqual(["platform/telemetry/export.ts"]);
  const importers = texts.filter(({ text }) =>
    /^import (?!type).*"\.\/export\.ts"|import\("\.\/export\.ts"\)/m.test(text),
  );
  expect(importers.map(({ path }) => path)).toContain("platform/telemetry/open.ts");
  const open = texts.find(({ path }) => path === "platform/telemetry/open.ts")?.text ?? "";
  expect(open).toMatch(/import type .* from "\.\/export\.ts"/);
  expect(open).toContain('await import("./export.ts")');
});
