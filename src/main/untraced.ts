// Traces for the row of each call, exported nowhere.

import { performance } from "node:perf_hooks";
import type { Attributes, Observation, OpenTrace, SpanDocument, Stage, Tracing } from "#platform/telemetry";

/** A call has a dozen stages; what goes over is counted. */
const MOST = 200;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

export const openUntraced = (): Pick<Tracing, "open"> => ({
  open({ id, name, as, traceparent, attributes }): OpenTrace {
    const parent = TRACEPARENT.exec(traceparent ?? "");
    const traceId = parent?.[1] ?? id.replaceAll("-", "");
    const spans: SpanDocument[] = [];
    let dropped = 0;
    const begin = (called: string, observed: Observation, of: string | null, at: Attributes) => {
      const begun = { startedAt: Date.now(), from: performance.now() };
      const spanId = crypto.getRandomValues(Buffer.alloc(8)).toString("hex");
      let said = { ...at };
      let mark: Pick<SpanDocument, "level" | "why"> = { level: "DEFAULT", why: "" };
      const stage: Stage = {
        set: (more) => void (said = { ...said, ...more }),
        mark: (level, why) => void (mark = { level, why }),
        traceparent: `00-${traceId}-${spanId}-01`,
        async stage(inner, observation, work) {
          const under = begin(inner, observation, spanId, {});
          try {
            return await work(under.stage);
          } catch (error) {
            under.stage.mark("ERROR", "it threw");
            throw error;
          } finally {
            under.end();
          }
        },
      };
      const span = (): SpanDocument => ({
        id: spanId,
        parent: of,
        name: called,
        as: observed,
        startedAt: begun.startedAt,
        ms: performance.now() - begun.from,
        ...mark,
        attributes: said,
      });
      const end = (): void => void (spans.length < MOST ? spans.push(span()) : (dropped += 1));
      return { stage, span, end };
    };
    const root = begin(name, as, parent?.[2] ?? null, attributes);
    return { ...root.stage, traceId, close: () => ({ v: 1, traceId, spans: [root.span(), ...spans], dropped }) };
  },
});
