import { MONTHS_KEPT } from "#audit";
import type { Register } from "../command.ts";
import { auditGroup } from "./group.ts";

export type RetentionAnswer =
  | {
      readonly kind: "months";
      readonly months: readonly (
        | {
            readonly kind: "dropped" | "would_drop";
            readonly month: string;
            readonly entries: number;
            readonly bodies: number;
          }
        | { readonly kind: "kept"; readonly month: string; readonly why: readonly string[] }
      )[];
    }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

export type CompareAnswer =
  | {
      readonly kind: "compared";
      readonly logs: number;
      readonly tiles: number;
      readonly differences: readonly { readonly path: string; readonly what: string }[];
      readonly ahead: readonly { readonly log: string; readonly copied: number; readonly here: number }[];
      /** Rows that an index hides, and places that are missing in the database itself. */
      readonly gaps: readonly string[];
    }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

export interface RetentionPorts {
  readonly retire: (asked: {
    readonly worm: string;
    readonly months: number;
    readonly dryRun: boolean;
  }) => Promise<RetentionAnswer>;
  readonly compare: (worm: string) => Promise<CompareAnswer>;
}

interface Options {
  readonly worm: string;
  readonly months: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const WORM = "the directory of the copy: what `countersign audit export` wrote, or a WORM bucket that is mounted";

export function retention(ports: RetentionPorts): Register {
  return (program, terminal) => {
    const audit = auditGroup(program);
    audit
      .command("retention")
      .description(
        "Drop months of bodies and entries that are old enough, once their copy is whole; hashes stay for ever. Status 0: done, 1: a month was kept, 2: not possible.",
      )
      .requiredOption("--worm <directory>", WORM)
      .option("--months <number>", "whole months that stay", String(MONTHS_KEPT.usual))
      .option("--dry-run", "say what would go, and drop nothing")
      .option("--json", "print JSON")
      .action(async ({ worm, months, dryRun, json }: Options) => {
        const wanted = Number(months);
        const answer: RetentionAnswer =
          Number.isSafeInteger(wanted) && wanted >= MONTHS_KEPT.least
            ? await ports.retire({ worm, months: wanted, dryRun: dryRun === true })
            : { kind: "refused", problems: [`--months is a whole number, at least ${MONTHS_KEPT.least}.`] };
        if (json === true) terminal.out(JSON.stringify(answer));
        else for (const line of monthLines(answer)) (answer.kind === "refused" ? terminal.err : terminal.out)(line);
        const kept = answer.kind === "months" && answer.months.some((month) => month.kind === "kept");
        terminal.exit(answer.kind === "refused" ? 2 : kept ? 1 : 0);
      });
    audit
      .command("compare")
      .description(
        "Hold the copy in WORM storage against the database, tile by tile. Status 0: the same, 1: different, 2: not possible.",
      )
      .requiredOption("--worm <directory>", WORM)
      .option("--json", "print JSON")
      .action(async ({ worm, json }: Pick<Options, "worm" | "json">) => {
        const answer = await ports.compare(worm);
        if (json === true) terminal.out(JSON.stringify(answer));
        else for (const line of compareLines(answer)) (answer.kind === "refused" ? terminal.err : terminal.out)(line);
        const same =
          answer.kind === "compared" && answer.differences.length + answer.ahead.length + answer.gaps.length === 0;
        terminal.exit(answer.kind === "refused" ? 2 : same ? 0 : 1);
      });
  };
}

function monthLines(answer: RetentionAnswer): readonly string[] {
  if (answer.kind === "refused") return answer.problems;
  if (answer.months.length === 0) return ["No month is old enough."];
  return answer.months.flatMap((month) =>
    month.kind === "kept"
      ? [`${month.month}  kept`, ...month.why.map((why) => `           ${why}`)]
      : [
          `${month.month}  ${month.kind === "dropped" ? "dropped" : "would be dropped"}: ${month.entries} entries, ${month.bodies} parts of bodies`,
        ],
  );
}

function compareLines(answer: CompareAnswer): readonly string[] {
  if (answer.kind === "refused") return answer.problems;
  const { logs, tiles, differences, ahead, gaps } = answer;
  return [
    ...differences.map(({ path, what }) => `${path}  ${what}`),
    ...ahead.map(
      ({ log, copied, here }) =>
        `t/${log}  the copy has ${copied} entries, the database ${here}: the database lost some`,
    ),
    ...gaps,
    differences.length + ahead.length + gaps.length === 0
      ? `The copy and the database agree: ${tiles} tiles of ${logs} logs.`
      : `Not the same, with ${tiles} tiles compared: ${differences.length} files differ or are missing, ${ahead.length} logs have more in the copy, ${gaps.length} things do not add up in the database.`,
  ];
}
