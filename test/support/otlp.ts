// A collector: what an OTLP exporter sends over HTTP as JSON, kept (opentelemetry.io/docs/specs/otlp, OTLP/HTTP).

import { createServer, type IncomingHttpHeaders } from "node:http";
import { json } from "node:stream/consumers";
import { z } from "zod";

const value = z
  .object({ stringValue: z.string().optional(), intValue: z.union([z.number(), z.string()]).optional(), doubleValue: z.number().optional(), boolValue: z.boolean().optional() }).transform((v) => v.stringValue ?? v.boolValue ?? Number(v.intValue ?? v.doubleValue)); // prettier-ignore
const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  status: z.object({ code: z.number().optional(), message: z.string().optional() }).optional(),
  attributes: z
    .array(z.object({ key: z.string(), value }))
    .transform((all) => Object.fromEntries(all.map((each) => [each.key, each.value]))),
});
const request = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(span) })) })),
});
export type CollectedSpan = z.infer<typeof span>;

export interface Collector {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  readonly headers: readonly IncomingHttpHeaders[];
  /** Requests that came in, whatever they were answered. */
  readonly asked: () => number;
  close(): Promise<void>;
}

/** `silent`: takes the request and never answers. */
export async function openCollector(answers: 200 | 400 | "silent" = 200): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const headers: IncomingHttpHeaders[] = [];
  let asked = 0;
  const server = createServer((incoming, response) => {
    asked += 1;
    headers.push(incoming.headers);
    if (answers === "silent") return;
    void json(incoming).then((body) => {
      const read = request.parse(body);
      spans.push(...read.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans).flatMap((scope) => scope.spans));
      response.writeHead(answers, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    spans,
    headers,
    asked: () => asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
