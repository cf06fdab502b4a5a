// W3C Trace Context, version 00. Who sends us one is not trusted with more than the name of a trace.

export interface Parent {
  readonly traceId: string;
  readonly spanId: string;
}

const FORM = /^00-(?<trace>[0-9a-f]{32})-(?<span>[0-9a-f]{16})-[0-9a-f]{2}$/;

/** null where it is not well-formed: then it is as if nobody had sent one (section 3.2 of the specification). */
export function parseTraceparent(text: string | null): Parent | null {
  const { trace, span } = FORM.exec(text ?? "")?.groups ?? {};
  if (trace === undefined || span === undefined || /^0+$/.test(trace) || /^0+$/.test(span)) return null;
  return { traceId: trace, spanId: span };
}

/** Always sampled: whether a call is traced is not for the agent to say. */
export const formatTraceparent = ({ traceId, spanId }: Parent): string => `00-${traceId}-${spanId}-01`;
