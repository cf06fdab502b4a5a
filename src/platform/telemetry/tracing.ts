import { randomBytes } from "node:crypto";
import { Fault } from "#kernel";
import { createScrubber } from "#platform/log";
import { formatTraceparent, parseTraceparent } from "./traceparent.ts";
import type { Attributes, Level, Observation, OpenTrace, SpanDocument, Stage, TraceStart, Tracing } from "./types.ts";

/** Where ended spans go. INVARIANT: whatever happens there, nothing comes back: no exception, no waiting. */
export interface SpanSink {
  ended(traceId: string, span: SpanDocument): void;
  /** Sends what is left; bounded. */
  close(): Promise<void>;
}

export interface TracingParts {
  /** null: nothing is exported. Documents are made all the same. */
  readonly sink: SpanSink | null;
  /** Milliseconds since the Unix epoch, and never backwards. */
  readonly clock?: () => number;
  /** 16 hexadecimal digits. */
  readonly newSpanId?: () => string;
}

/** Of one trace; what is over it is counted. */
const MOST_SPANS = 200;
const MOST_ATTRIBUTES = 32;
const LONGEST = 256;
const LEVELS: readonly Level[] = ["DEFAULT", "WARNING", "ERROR"];

export const monotonicClock = (): number => Math.round(performance.timeOrigin + performance.now());

interface Recorded {
  readonly id: string;
  readonly parent: string | null;
  readonly name: string;
  readonly as: Observation;
  readonly startedAt: number;
  readonly attributes: Map<string, string | number | boolean>;
  level: Level;
  why: string;
  endedAt: number | null;
}

export function createTracing({ sink, clock = monotonicClock, newSpanId = spanId }: TracingParts): Tracing {
  const scrub = createScrubber([]);
  // Scrubbed first: half of a credential is known to nobody.
  const short = (text: string): string => scrub(text).slice(0, LONGEST);

  const documentOf = (span: Recorded): SpanDocument => ({
    id: span.id,
    parent: span.parent,
    name: span.name,
    as: span.as,
    startedAt: span.startedAt,
    ms: Math.max(0, (span.endedAt ?? clock()) - span.startedAt),
    level: span.level,
    why: span.why,
    attributes: Object.fromEntries(span.attributes),
  });

  function open(start: TraceStart): OpenTrace {
    const above = parseTraceparent(start.traceparent);
    const traceId = above?.traceId ?? start.id.replaceAll("-", "");
    const kept: Recorded[] = [];
    let dropped = 0;

    function begin(name: string, as: Observation, parent: string | null): Recorded {
      const span: Recorded = {
        id: newSpanId(),
        parent,
        name: short(name),
        as,
        startedAt: clock(),
        attributes: new Map(),
        level: "DEFAULT",
        why: "",
        endedAt: null,
      };
      if (kept.length < MOST_SPANS) kept.push(span);
      else dropped += 1;
      return span;
    }

    function end(span: Recorded): void {
      if (span.endedAt !== null) return;
      span.endedAt = clock();
      if (kept.includes(span)) quietly(() => sink?.ended(traceId, documentOf(span)));
    }

    const set = (span: Recorded, attributes: Attributes): void => {
      for (const [name, value] of Object.entries(attributes)) {
        if (!span.attributes.has(name) && span.attributes.size >= MOST_ATTRIBUTES) continue;
        if (typeof value === "string") span.attributes.set(name, short(value));
        else if (typeof value === "boolean" || Number.isFinite(value)) span.attributes.set(name, value);
      }
    };

    const stageOf = (span: Recorded): Stage => ({
      traceparent: formatTraceparent({ traceId, spanId: span.id }),
      set: (attributes) => set(span, attributes),
      mark(level, why) {
        if (LEVELS.indexOf(level) < LEVELS.indexOf(span.level)) return;
        span.level = level;
        span.why = short(why);
      },
      async stage(name, as, work) {
        const inner = begin(name, as, span.id);
        const stage = stageOf(inner);
        try {
          return await work(stage);
        } catch (error) {
          // An exception's own words may hold anything, and this leaves the machine: its code has to do.
          stage.mark("ERROR", error instanceof Fault ? error.code : "exception");
          throw error;
        } finally {
          end(inner);
        }
      },
    });

    const root = begin(start.name, start.as, above?.spanId ?? null);
    set(root, start.attributes);
    return {
      ...stageOf(root),
      traceId,
      close() {
        end(root);
        return { v: 1, traceId, spans: kept.map(documentOf), dropped };
      },
    };
  }

  return {
    open,
    async close() {
      await Promise.resolve(sink?.close()).catch(() => {});
    },
  };
}

const spanId = (): string => {
  for (;;) {
    const id = randomBytes(8).toString("hex");
    if (!/^0+$/.test(id)) return id;
  }
};

/** INVARIANT (X9): an exporter that fails, fails alone. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // The document has it.
  }
}
