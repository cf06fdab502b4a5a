/** As Langfuse shows them: a verdict or a screening is a guardrail, what touches the world is a tool. */
export type Observation = "span" | "agent" | "tool" | "guardrail";

/** Names, numbers and colours; never an argument, a result, or anything else that a tenant or a person would not show to others. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export type Level = "DEFAULT" | "WARNING" | "ERROR";

export interface Stage {
  /** Last one wins. */
  set(attributes: Attributes): void;
  /** How it went, in a few words; ERROR makes the span one that failed. Of several, the worst counts. */
  mark(level: Level, why: string): void;
  /** A stage in this one: ended in `finally`, marked as failed where `work` throws, which it throws on. */
  stage<T>(name: string, as: Observation, work: (stage: Stage) => Promise<T>): Promise<T>;
  /** W3C trace context, for whoever goes on in another process. */
  readonly traceparent: string;
}

export interface TraceStart {
  /** The call's id: its 32 digits are the trace's, unless `traceparent` says which trace it belongs to. */
  readonly id: string;
  readonly name: string;
  readonly as: Observation;
  /** From whoever asked; one that is not well-formed is left out. */
  readonly traceparent: string | null;
  readonly attributes: Attributes;
}

export interface OpenTrace extends Stage {
  readonly traceId: string;
  /** Ends what is open, and says what there was. Never throws; a second time it only says it again. */
  close(): TraceDocument;
}

export interface Tracing {
  open(start: TraceStart): OpenTrace;
  /** Sends what is left, for a bounded time. Never throws. */
  close(): Promise<void>;
}

/** What is kept of a trace, whether or not it is exported: `traces.read`, `countersign call trace`. */
export interface TraceDocument {
  readonly v: 1;
  readonly traceId: string;
  readonly spans: readonly SpanDocument[];
  /** Spans over the limit that were not kept. */
  readonly dropped: number;
}

export interface SpanDocument {
  readonly id: string;
  readonly parent: string | null;
  readonly name: string;
  readonly as: Observation;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  readonly ms: number;
  readonly level: Level;
  readonly why: string;
  readonly attributes: Attributes;
}
