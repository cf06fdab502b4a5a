import type { ListedCall } from "#gateway/io";
import { callId, iso, type CallId } from "#kernel";
import type { SpanDocument, TraceDocument } from "#platform/telemetry";
import { printable, printableJson } from "./audit/printable.ts";
import { callLine, callText, type NamedCall, type WholeCall } from "./call-text.ts";
import { ONE_TENANT, refusing, type Refused, type Register } from "./command.ts";

export interface CallPorts {
  /** `tenant`: its prefix; null where there is only one. The answer is on record in the tenant's log before it is given. */
  readonly trace: (
    call: CallId,
    tenant: string | null,
  ) => Promise<Refused | { readonly kind: "trace"; readonly trace: TraceDocument | null }>;
  readonly list: (asked: {
    readonly open: boolean;
    readonly most: number;
    readonly tenant: string | null;
  }) => Promise<Refused | { readonly kind: "calls"; readonly calls: readonly NamedCall[] }>;
  readonly show: (
    call: CallId,
    tenant: string | null,
  ) => Promise<Refused | { readonly kind: "call"; readonly call: WholeCall | null }>;
}

const MOST = 50;
const NO_ID = (text: string): string =>
  `${printable(text.slice(0, 80))} is no call's id. Agents are given it with each answer; it is a UUID.`;

interface Options {
  readonly tenant?: string;
  readonly json?: boolean;
}

export const call =
  (ports: CallPorts): Register =>
  (program, terminal) => {
    const group = program.command("call").description("Tool calls that agents have asked for.");
    group
      .command("list")
      .description("The newest calls. That you read them is an entry of the log.")
      .option("--open", "only those that have not ended")
      .option(...ONE_TENANT)
      .option("--json", "for programs")
      .action(async ({ open, tenant, json }: Options & { readonly open?: boolean }) => {
        const found = await ports.list({ open: open === true, most: MOST, tenant: tenant ?? null });
        if (found.kind === "refused") return refusing(terminal)(found.problems, json);
        if (json === true) terminal.out(printableJson(found.calls.map(timed), 0));
        else if (found.calls.length === 0) terminal.out("There are no such calls.");
        else for (const each of found.calls) terminal.out(printable(callLine(each)));
        terminal.exit(0);
      });
    group
      .command("show <id>")
      .description(
        "One call: what was asked, the verdict with its facts and rules, who was asked, what was done, and its entries of the log in their order. Status 1: there is no such call.",
      )
      .option(...ONE_TENANT)
      .option("--json", "for programs")
      .action(async (text: string, { tenant, json }: Options) => {
        const id = callId(text.toLowerCase());
        if (id === null) return refusing(terminal)([NO_ID(text)], json);
        const found = await ports.show(id, tenant ?? null);
        if (found.kind === "refused") return refusing(terminal)(found.problems, json);
        const { call: shown } = found;
        if (json === true) terminal.out(printableJson(shown === null ? null : documentOf(shown)));
        else if (shown === null) terminal.err("There is no such call here: it is another tenant's, or it never was.");
        else for (const line of callText(shown, tenant ?? null)) terminal.out(printable(line));
        terminal.exit(shown === null ? 1 : 0);
      });
    group
      .command("trace <id>")
      .description(
        "What happened in one call, stage by stage. That you read it is an entry of the log. Status 1: there is no trace of it.",
      )
      .option(...ONE_TENANT)
      .option("--json", "print the trace as it is kept")
      .action(async (text: string, { tenant, json }: Options) => {
        const refuse = refusing(terminal);
        const id = callId(text.toLowerCase());
        if (id === null) return refuse([NO_ID(text)], json);
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
  };

const timed = <C extends ListedCall>({ at, endedAt, ...rest }: C) => ({
  ...rest,
  at: iso(at),
  endedAt: endedAt === null ? null : iso(endedAt),
});
const documentOf = ({ entries, packet, ...shown }: WholeCall) => ({
  ...shown,
  ...timed(shown),
  packet: packet === null ? null : { ...packet, consumedAt: iso(packet.consumedAt) },
  entries: entries.map((each) => ({ ...each, at: iso(each.at) })),
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
