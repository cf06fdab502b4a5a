import { statSync } from "node:fs";
import { directorySource, sha256, urlSource } from "#audit/io";
import { verify, type LogSource, type Progress, type Report } from "#verifier";
import type { ExitStatus, Register, Terminal } from "../command.ts";
import { auditGroup } from "./group.ts";
import { bring, type PinnedOptions } from "./pinned.ts";
import { printable } from "./printable.ts";
import { asText } from "./verify-text.ts";
import { isProofFile, runProof } from "./verify-proof.ts";
import { writeState } from "./verify-state.ts";

export type OpenedLogs =
  | {
      readonly kind: "open";
      readonly source: LogSource;
      /** The id of the log that belongs to this prefix; null when there is none. */
      readonly tenantOf: (prefix: string) => Promise<string | null>;
      /** What the log says of itself: shown to whoever named no key, believed by nobody. */
      readonly claims: string | null;
      readonly close: () => Promise<void>;
    }
  | { readonly kind: "unavailable"; readonly problems: readonly string[] };

/** The configured database, as a role that only reads. */
export type OpenLogs = (say: (line: string) => void) => Promise<OpenedLogs>;

interface Options extends PinnedOptions {
  readonly tenant?: string;
  readonly bodies: boolean;
  readonly full?: boolean;
  readonly json?: boolean;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const STATUS: Readonly<Record<Report["state"], ExitStatus>> = { verified: 0, tampered: 1, not_checked: 2 };
const each = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

export function auditVerify(openLogs: OpenLogs): Register {
  return (program, terminal) => {
    auditGroup(program)
      .command("verify [directory-url-or-proof]")
      .description(
        "Verify the log: signatures, nothing taken back, trees, bodies, completeness. A directory or a .tlog-proof file is read without network and database; " +
          "without an argument the configured database is. Status 0: verified, 1: tampered, 2: could not be checked.",
      )
      .option("--key <vkey>", "the log's verifier key, from a place that the log's operator cannot change")
      .option("--policy <file>", "log and witnesses that you trust (c2sp.org/tlog-policy)")
      .option("--from <file>", "a checkpoint or .tlog-proof that you hold; may be given again", each)
      .option(
        "--receipt <receipt>",
        "<log id>:<leaf hash>[@<index>][#<entry id>] that you were given; may be given again",
        each,
      )
      .option("--tenant <tenant>", "only this log: its id, or with the database its prefix")
      .option("--state <directory>", "where what was verified is kept until the next run")
      .option("--full", "read everything again, not only what is new")
      .option("--without-bodies", "leave bodies out on purpose")
      .option("--json", "print JSON")
      .action(
        async (target: string | undefined, given: Omit<Options, "bodies"> & { readonly withoutBodies?: boolean }) => {
          const options = { ...given, bodies: given.withoutBodies !== true };
          const say = options.json === true ? () => {} : terminal.err;
          if (target !== undefined && isProofFile(target)) {
            const brought = bring(options);
            if (brought.kind === "unusable") terminal.err(printable(brought.problem));
            terminal.exit(
              brought.kind === "unusable" ? 2 : await runProof(target, brought.pinned, options.json === true, terminal),
            );
            return;
          }
          const opened = target === undefined ? await openLogs(say) : openTarget(target);
          if (opened.kind === "unavailable") {
            refuse(opened.problems, options, terminal);
            return;
          }
          try {
            terminal.exit(await runVerify(opened, options, terminal, say));
          } finally {
            await opened.close();
          }
        },
      );
  };
}

type Open = Extract<OpenedLogs, { kind: "open" }>;

function refuse(problems: readonly string[], { json }: Pick<Options, "json">, terminal: Terminal): void {
  for (const problem of problems) terminal.err(printable(problem));
  if (json === true) terminal.out(JSON.stringify({ state: "not_checked", problems }));
  terminal.exit(2);
}

/** Neither a directory nor a URL: a name that was mistyped is no log that was cut off. */
function openTarget(target: string): OpenedLogs {
  const isUrl = /^https?:\/\//.test(target);
  if (!isUrl && statSync(target, { throwIfNoEntry: false })?.isDirectory() !== true)
    return {
      kind: "unavailable",
      problems: [
        `${target} is no directory. Name one that \`countersign audit export\` wrote, a .tlog-proof file, or an http(s) URL.`,
      ],
    };
  const source = isUrl
    ? urlSource({ url: target, token: process.env["AUDIT_TOKEN"] ?? null })
    : directorySource(target);
  return { kind: "open", source, tenantOf: async () => null, claims: null, close: async () => {} };
}

async function runVerify(
  open: Open,
  options: Options,
  terminal: Terminal,
  say: (line: string) => void,
): Promise<ExitStatus> {
  const brought = bring(options);
  if (brought.kind === "unusable") {
    terminal.err(printable(brought.problem));
    return 2;
  }
  const { pinned } = brought;
  const tenant = options.tenant === undefined ? null : await tenantId(open, options.tenant);
  if (options.tenant !== undefined && tenant === null) {
    const there = await open.source.tenants();
    const ids = there.kind === "found" && there.value.length > 0 ? ` Here are: ${there.value.join(", ")}.` : "";
    terminal.err(
      printable(
        `There is no log ${options.tenant}. Give the id of a log, or with the database a tenant's prefix.${ids}`,
      ),
    );
    return 2;
  }
  const report = await verify(open.source, pinned, {
    sha256,
    subtle: crypto.subtle,
    now: Date.now(),
    tenants: tenant === null ? null : [tenant],
    bodies: options.bodies,
    full: options.full === true,
    progress: progressTo(say),
  });
  const kept = report.held === null || pinned.key === null ? null : writeState(pinned.key, options.state, report.held);
  if (options.json === true) terminal.out(JSON.stringify(documentOf(report)));
  else {
    for (const line of asText(report)) terminal.out(line);
    if (kept !== null) terminal.out(`State: ${printable(kept)}`);
    else if (report.held !== null)
      terminal.err(
        "What was verified could not be kept, so the next run has nothing to compare with. Name a directory that you may write: --state DIR.",
      );
    if (pinned.key === null && open.claims !== null) for (const line of howToPin(open.claims)) terminal.out(line);
  }
  return STATUS[report.state];
}

/** What a log says of itself is no proof: shown to be compared, never taken. */
const howToPin = (claimed: string): readonly string[] => [
  "",
  "The log's own server says that the key is the one below. Compare it with what you were given by another way: its operator's",
  "web site or contract, the demo's first lines. If it is the same, verify with it, now and from now on:",
  `  npx countersign audit verify --key ${printable(claimed)}`,
];

const tenantId = async (open: Open, given: string): Promise<string | null> =>
  UUID.test(given) ? given : open.tenantOf(given);

const documentOf = ({ state, verdicts, counts, notProven }: Report): object => ({
  state,
  verdicts,
  counts,
  not_proven: notProven,
});

const EVERY_MS = 2_000;

/** One line every two seconds: a long run is not a hanging one. */
function progressTo(say: (line: string) => void): (at: Progress) => void {
  let last = performance.now();
  return ({ log, done, of }) => {
    if (performance.now() - last < EVERY_MS) return;
    last = performance.now();
    say(`${log}: ${done} of ${of} entries`);
  };
}
