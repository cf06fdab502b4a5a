import { callId, type CallId } from "#kernel";
import type { SpanDocument, TraceDocument } from "#platform/telemetry";
import { printable } from "./audit/printable.ts";
import { refusing, type Refused, type Register } from "./command.ts";

export interface CallPorts {
  /** `tenant`: its prefix; null where there is only one. The answer is on record in the tenant's log before it is given. */
  readonly trace: (
    call: CallId,
    tenant: string | null,
  ) => Promise<Refused | { readonly kind: "trace"; readonly trace: TraceDocument | null }>;
}

interface Options {
  readonly tenant?: string;
  readonly json?: boolean;
}

export const call =
  (ports: CallPorts): Register =>
  (program, terminal) =>
    void program
      .command("call")
      .description("Tool calls that agents have asked for.")
      .command("trace <id>")
      .description(
        "What happened in one call, stage by stage. That you read it is an entry of the log. Status 1: there is no trace of it.",
      )
      .option("--tenant <prefix>", "whose call; may be left out where there is one tenant")
      .option("--json", "print the trace as it is kept")
      .action(async (text: string, { tenant, json }: Options) => {
        const refuse = refusing(terminal);
        const id = callId(text.toLowerCase());
        if (id === null)
          return refuse(
            [`${printable(text.slice(0, 80))} is no call's id. Agents are given it with each answer; it is a UUID.`],
            json,
          );
        const found = await ports.trace(id, tenant ?? null);
        if (found.kind === "refused") return refuse(found.problems, json);
        if (json === true) terminal.out(JSON.stringify(found.trace));
        else if (found.trace === null)
          terminal.err(
            "There is no trace of such a call here: it is another tenant's, or it has not come to an end yet.",
          );
        else for (const line of traceText(found.trace)) terminal.out(line);
        terminal.exit(found.trace === null ? 1 : 0);
      });

function traceText({ traceId, spans, dropped }: TraceDocument): readonly string[] {
  const known = new Set(spans.map(({ id }) => id));
  const roots = spans.filter(({ parent }) => parent === null || !known.has(parent));
  return [
    `Trace ${traceId}`,
    ...roots.flatMap((root) => spanText(root, spans, 0)),
    ...(dropped === 0 ? [] : [`${dropped} more spans were not kept.`]),
  ];
}

/** A span's own words come from agents, too. Depth is bounded: a document that goes round in circles is printed once. */
function spanText(span: SpanDocument, all: readonly SpanDocument[], depth: number): readonly string[] {
  const { name, ms, level, why, attributes } = span;
  const said = Object.entries(attributes).map(([key, value]) => `${key}=${value}`);
  const how = level === "DEFAULT" ? [] : [`${level}${why === "" ? "" : `: ${why}`}`];
  const line = `${"  ".repeat(depth)}${printable([`${ms} ms`, name, ...said, ...how].join("  "))}`;
  return [
    line,
    ...(depth > 20
      ? []
      : all.filter(({ parent }) => parent === span.id).flatMap((each) => spanText(each, all, depth + 1))),
  ];
}
