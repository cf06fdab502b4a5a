import { stat } from "node:fs/promises";
import { parseFilter, type EntryFilter } from "#audit";
import { FROM_NEWEST, type Cursor } from "#audit/io";
import { plain } from "#gate";
import type { Instant, Json } from "#kernel";
import { createSimulation, takePages, type Engine, type Simulated } from "#policy";
import type { TenantLog, WithLog } from "./audit/ports.ts";
import { refusing, type Register, type Terminal } from "./command.ts";
import { policyGroup } from "./policy-group.ts";
import { findingLine, simulatedText } from "./policy-text.ts";

/** One tenant's past calls. Each page is on record in the tenant's log before it answers. */
export interface PastCalls extends Pick<TenantLog, "prefix" | "page"> {
  /** Where the tenant's own rules are. */
  readonly constitution: string;
  /** That a person accepts what would be newly GREEN, as an entry of the tenant's log. */
  accept(accepted: Json): Promise<void>;
}

export interface SimulatePorts {
  /** `tenant`: its prefix; null where there is only one. */
  readonly withCalls: (tenant: string | null, work: (calls: PastCalls) => Promise<void>) => Promise<WithLog>;
  readonly now: () => Instant;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
}

interface Options {
  readonly tenant?: string;
  readonly since: string;
  readonly until?: string;
  readonly candidate?: string;
  readonly acceptNewlyGreen?: readonly string[];
  readonly json?: boolean;
}

const PAGE = 1_000;
const TELL_EVERY = 10_000;
/** Of them, an acceptance names the first ones; how many there were, it names always. */
const NAMED = 1_000;

/** The engine is some megabytes, which no other command has to wait for. */
const engines = () => import("#policy/io");

export const policySimulate =
  (ports: SimulatePorts): Register =>
  (program, terminal) =>
    void policyGroup(program)
      .command("simulate")
      .description(
        "Decide past calls again by other rules, and say what would be decided otherwise. Status 0: nothing is newly GREEN, 1: the rules in force do not give their own verdicts again, 2: no answer, 3: something is newly GREEN and nobody has accepted it.",
      )
      .option("--tenant <prefix>", "whose calls; may be left out where there is one tenant")
      .option("--since <time>", "2026-11-21, 2026-11-21T14:30:00Z, or how long ago: 24h, 30d", "30d")
      .option("--until <time>", "the same; not included")
      .option("--candidate <dir>", "the folder of rules to try; without it, the tenant's own as they are now")
      .option(
        "--accept-newly-green <name-and-reason...>",
        "two words or quoted texts: who accepts that calls would be newly GREEN, and why. It is an entry of the log",
      )
      .option("--json", "print JSON")
      .action((options: Options) => simulated(options, ports, terminal));

async function simulated(options: Options, ports: SimulatePorts, terminal: Terminal): Promise<void> {
  const { json, acceptNewlyGreen: words } = options;
  const refuse = (...problems: readonly string[]): void => refusing(terminal)(problems, json);
  const accepted = words === undefined ? null : acceptance(words);
  if (typeof accepted === "string") return refuse(accepted);
  const parsed = parseFilter({ since: options.since, until: options.until, kind: ["call.verdict"] }, ports.now());
  if (parsed.kind === "refused") return refuse(...parsed.problems);
  const done = await ports.withCalls(options.tenant ?? null, async (calls) => {
    const engine = await engineOf(options.candidate ?? calls.constitution, options.candidate !== undefined);
    if ("problems" in engine) return refuse(...engine.problems);
    const result = await run(calls, engine, parsed.filter, ports, terminal);
    const green = result.changes.filter(({ is }) => is === "GREEN");
    if (green.length > 0 && accepted !== null)
      await calls.accept({
        v: 1,
        candidate: result.set,
        since: options.since,
        calls: result.calls,
        unknown: result.unknown.length,
        green: green.length,
        entries: green.slice(0, NAMED).map(({ entry }) => entry),
        ...accepted,
      });
    const waits = green.length > 0 && accepted === null;
    if (json === true)
      terminal.out(JSON.stringify({ tenant: calls.prefix, ...result, accepted: green.length > 0 ? accepted : null }));
    else for (const line of simulatedText(result, waits)) terminal.out(plain(line, 600));
    terminal.exit(result.unreproduced.length > 0 ? 1 : waits ? 3 : 0);
  });
  if (done.kind === "refused") refuse(...done.problems);
}

function acceptance(words: readonly string[]): { readonly name: string; readonly reason: string } | string {
  const [name = "", reason = "", ...more] = words.map((word) => word.trim());
  if (name === "" || reason === "" || more.length > 0)
    return `--accept-newly-green takes two texts, who and why: --accept-newly-green "Ana Lima" "the rule was too wide, see ticket 41".`;
  return name.length > 200 || reason.length > 2_000
    ? "A name has at most 200 characters, a reason 2,000."
    : { name, reason };
}

/** A folder that was named has to be there; a tenant without one has Countersign's own rules. */
async function engineOf(dir: string, named: boolean): Promise<Engine | { readonly problems: readonly string[] }> {
  const found = await stat(dir).catch(() => null);
  if (found?.isDirectory() !== true && named)
    return { problems: [`${plain(dir)} is no folder that can be read. Name the folder with the rules to try.`] };
  const { openPolicy, readConstitution, readFolder } = await engines();
  const folder = found?.isDirectory() === true ? await readFolder(dir, "tenant") : null;
  const opened = openPolicy("simulated", await readConstitution(folder), "alike");
  return opened.kind === "refused" ? { problems: opened.findings.map(findingLine) } : opened.engine;
}

async function run(
  calls: PastCalls,
  engine: Engine,
  filter: EntryFilter,
  { elapsed }: SimulatePorts,
  terminal: Terminal,
): Promise<Simulated> {
  const began = elapsed();
  let said = 0;
  return takePages<Cursor>(
    createSimulation(engine),
    FROM_NEWEST,
    async (cursor) => {
      const { entries, next } = await calls.page({ filter, cursor, limit: PAGE });
      return {
        calls: entries.map(({ id, op }) => ({ entry: id, body: op.kind === "open" ? payloadOf(op.value) : null })),
        next,
      };
    },
    (done) => {
      if (done < said + TELL_EVERY) return;
      said = done;
      terminal.err(
        `${done} calls decided again, ${Math.round((done * 1000) / Math.max(1, elapsed() - began))} a second.`,
      );
    },
  );
}

const payloadOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "payload" in value ? value.payload : null;
