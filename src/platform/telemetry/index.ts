export type { ExportTo } from "./export.ts";
export { openTracing } from "./open.ts";
export { createTracing, type SpanSink } from "./tracing.ts";
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
