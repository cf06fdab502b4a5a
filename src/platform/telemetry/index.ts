export type {
  Attributes,
  Level,
  Observation,
  OpenTrace,
  SpanDocument,
  Stage,
  TraceDocument,
  TraceStart,
  Tracing,
} from "./types.ts";
