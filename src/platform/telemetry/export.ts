// The one file that knows OpenTelemetry. Its SDK is loaded when somebody has configured where traces go, and never before.

import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";
import { attributesOf } from "./attributes.ts";
import type { SpanSink } from "./tracing.ts";

export interface ExportTo {
  /** The whole address, `https://.../v1/traces`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5_000;
const QUEUE = 4_096;
const BATCH = 256;
const EVERY_MS = 1_000;

/** Spans in a queue of its own: when that is full, or nobody takes them, spans are lost and nothing else is. */
export async function openExport({ url, headers, timeoutMs = TIMEOUT_MS }: ExportTo): Promise<SpanSink> {
  const [sdk, { OTLPTraceExporter }] = await Promise.all([
    import("@opentelemetry/sdk-trace-node"),
    import("@opentelemetry/exporter-trace-otlp-http"),
  ]);
  const { AlwaysOnSampler, BatchSpanProcessor, NodeTracerProvider } = sdk;
  const next = { traceId: "", spanId: "" };
  const exporter = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: timeoutMs });
  const provider = new NodeTracerProvider({
    // Spans have their ids already, in the document that is kept: what is exported is the same trace.
    idGenerator: { generateTraceId: () => next.traceId, generateSpanId: () => next.spanId },
    // INVARIANT: `-00` in a traceparent that somebody sends must not take a call out of the traces.
    sampler: new AlwaysOnSampler(),
    spanProcessors: [
      new BatchSpanProcessor(exporter, {
        maxQueueSize: QUEUE,
        maxExportBatchSize: BATCH,
        scheduledDelayMillis: EVERY_MS,
        exportTimeoutMillis: timeoutMs,
      }),
    ],
  });
  const tracer: Tracer = provider.getTracer("countersign");
  return {
    ended(traceId, span) {
      next.traceId = traceId;
      next.spanId = span.id;
      const above =
        span.parent === null
          ? ROOT_CONTEXT
          : trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: span.parent, traceFlags: 1, isRemote: true });
      const exported = tracer.startSpan(
        span.name,
        {
          kind: SpanKind.INTERNAL,
          startTime: span.startedAt,
          root: span.parent === null,
          attributes: attributesOf(span),
        },
        above,
      );
      if (span.level === "ERROR") exported.setStatus({ code: SpanStatusCode.ERROR, message: span.why });
      exported.end(span.startedAt + span.ms);
    },
    async close() {
      const late = new Promise<void>((resolve) => setTimeout(resolve, timeoutMs).unref());
      await Promise.race([provider.shutdown(), late]);
    },
  };
}
