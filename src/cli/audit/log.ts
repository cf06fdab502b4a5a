import type { Command } from "commander";
import { ENTRY_KINDS, parseFilter, type EntryFilter } from "#audit";
import { entryDocument, FROM_NEWEST, type ShownEntry } from "#audit/io";
import { refusing, type Terminal } from "../command.ts";
import { asCsv, asLine, CSV_HEADER, isUnsound } from "./entry-text.ts";
import type { AuditPorts, TenantLog } from "./ports.ts";

interface LogOptions {
  readonly tenant?: string;
  readonly kind?: readonly string[];
  readonly outcome?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly actor?: string;
  readonly target?: string;
  readonly request?: string;
  readonly limit: string;
  readonly follow?: boolean;
  readonly json?: boolean;
  readonly csv?: boolean;
}

const FOLLOW_EVERY_MS = 1_000;
const PAGE = 200;
const MAX = 100_000;
const several = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text];

export function logCommand(group: Command, ports: AuditPorts, terminal: Terminal): void {
  group
    .command("log")
    .description("List entries, newest first. That you read them is an entry, too.")
    .option("--tenant <prefix>", "whose log; may be left out where there is one tenant")
    .option("--kind <kind>", "only this kind; several with commas, or given again", several)
    .option("--outcome <outcome>", "only this outcome; several with commas, or given again", several)
    .option("--since <time>", "2026-11-21, 2026-11-21T14:30:00Z, or how long ago: 90m, 24h, 7d")
    .option("--until <time>", "the same; not included")
    .option("--actor <id>", "who did it: 7 or human:7")
    .option("--target <id>", "what it was done to: 77#12 or pull_request:77#12; 77 for everything in repository 77")
    .option("--request <id>", "the request id, which for a webhook is GitHub's delivery id")
    .option("--limit <n>", "how many at most", "50")
    .option(
      "--follow",
      "oldest first, and go on with new entries until Ctrl-C (leaves audit.read out unless asked for)",
    )
    .option("--json", "print JSON, one line for each entry")
    .option("--csv", "print CSV that a spreadsheet cannot run")
    .addHelpText("after", `\nKinds: ${ENTRY_KINDS.join(", ")}.`)
    .action(async (options: LogOptions) => {
      const refuse = refusing(terminal);
      const limit = /^[1-9]\d{0,5}$/.test(options.limit) ? Number(options.limit) : 0;
      if (limit < 1 || limit > MAX) return refuse([`--limit takes a number from 1 to ${MAX}.`]);
      if (options.json === true && options.csv === true) return refuse(["Give either --json or --csv, not both."]);
      const parsed = parseFilter(options, ports.now());
      if (parsed.kind === "refused") return refuse(parsed.problems);

      const shown = { entries: 0, unsound: 0 };
      const show = (entry: ShownEntry): void => {
        shown.entries += 1;
        if (isUnsound(entry)) shown.unsound += 1;
        if (options.json === true) terminal.out(JSON.stringify(entryDocument(entry)));
        else terminal.out(options.csv === true ? asCsv(entry) : asLine(entry));
      };
      const done = await ports.withLog(options.tenant ?? null, async (log) => {
        if (options.csv === true) terminal.out(CSV_HEADER);
        if (options.follow === true) await follow(log, parsed.filter, limit, show, ports);
        else await listed(log, parsed.filter, limit, show, ports);
        if (shown.entries === 0 && options.follow !== true)
          terminal.err(
            "No entry matches. Widen --since, or leave a filter out; `countersign audit log --help` lists the kinds.",
          );
        if (shown.unsound > 0) {
          terminal.err(
            `${shown.unsound} of these have a body that is missing or not what the log committed to. Run: countersign audit verify --tenant ${log.prefix}`,
          );
          terminal.exit(1);
        }
      });
      if (done.kind === "refused") refuse(done.problems);
    });
}

async function listed(
  log: TenantLog,
  filter: EntryFilter,
  limit: number,
  show: (entry: ShownEntry) => void,
  ports: AuditPorts,
): Promise<void> {
  let left = limit;
  let cursor: typeof FROM_NEWEST | null = FROM_NEWEST;
  while (cursor !== null && left > 0 && ports.heard()) {
    const page = await log.page({ filter, cursor, limit: Math.min(left, PAGE) });
    for (const entry of page.entries) show(entry);
    left -= page.entries.length;
    cursor = page.next;
  }
}

/**
 * By place in the log, in which nothing is ever inserted before what was read: an entry whose transaction took long is
 * neither skipped nor shown twice.
 */
async function follow(
  log: TenantLog,
  asked: EntryFilter,
  limit: number,
  show: (entry: ShownEntry) => void,
  ports: AuditPorts,
): Promise<void> {
  // That somebody follows is on record. Shown to another follower, each such entry would call forth the next one for ever.
  const filter =
    asked.kinds.length > 0 ? asked : { ...asked, kinds: ENTRY_KINDS.filter((kind) => kind !== "audit.read") };
  let from = await log.size();
  const early = new Set<string>();
  const before = await log.page({ filter, cursor: FROM_NEWEST, limit: Math.min(limit, PAGE) });
  for (const entry of before.entries.toReversed()) {
    show(entry);
    if (entry.index === null || entry.index >= from) early.add(entry.id);
  }
  for (;;) {
    const news = await log.news({ filter, from });
    for (const entry of news.entries) if (!early.delete(entry.id)) show(entry);
    const last = news.entries.at(-1)?.index ?? null;
    if (news.next !== null && last !== null) from = last + 1;
    else {
      from = Math.max(from, news.size, (last ?? -1) + 1);
      if (!ports.heard() || !(await ports.wait(FOLLOW_EVERY_MS))) return;
    }
  }
}
