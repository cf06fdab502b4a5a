import { plain } from "#gate";
import {
  cited,
  grouped,
  quorumOf,
  type Change,
  type Colour,
  type Finding,
  type Simulated,
  type Verdict,
} from "#policy";
import type { Report } from "#policy/io";

const MEANS = {
  GREEN: "GREEN: it may run by itself.",
  YELLOW: "YELLOW: a person has to say yes to exactly this first.",
  RED: "RED: it does not run, whoever says yes.",
} as const;

const NUMBERS: Readonly<Record<number, string>> = { 2: "two", 3: "three", 4: "four", 5: "five" };

export function verdictText({ colour, reasons, errors, set }: Verdict): readonly string[] {
  const people = quorumOf({ reasons });
  return [
    colour === "YELLOW" && people > 1
      ? `YELLOW: ${NUMBERS[people] ?? people} different people have to say yes to exactly this first.`
      : MEANS[colour],
    ...reasons.map((reason) => `- ${cited(reason)}: ${reason.text}`),
    ...errors.map((error) => `- could not be decided: ${error}`),
    ...(colour === "YELLOW"
      ? ["What to do: ask for approval. It counts for these arguments alone; others are asked about anew."]
      : []),
    ...(colour === "RED" && errors.length > 0
      ? ["What to do: what cannot be decided is refused. Repair the facts or the rules, and ask again."]
      : []),
    `Decided by set ${set}`,
  ];
}

export function reportText({ cases, failed, rules, uncovered, mutants, survivors }: Report): readonly string[] {
  return [
    ...failed.map(({ file, name, says }) => `FAIL  ${file}  ${name}: ${says}`),
    ...uncovered.map(({ rule, says }) => `UNTESTED  ${rule}: ${says}`),
    ...survivors.map(({ rule, says }) => `UNNOTICED  ${rule}: with ${says}, every case still holds`),
    `${cases - failed.length} of ${cases} cases hold. ${rules - new Set(uncovered.map(({ rule }) => rule)).size} of ${rules} rules are covered. ${
      failed.length > 0
        ? "Changed rules were not tried: first the cases have to hold."
        : `${mutants - survivors.length} of ${mutants} changed rules were noticed.`
    }`,
  ];
}

export const findingLine = ({ file, rule, says }: Finding): string =>
  `${[file, rule].flatMap((each) => (each === null || each === "" ? [] : [plain(each, 200)])).join("  ")}  ${plain(says, 400)}`.trim();

/** Entries that a group names; JSON has all of them. */
const SHOWN = 3;
const NEWLY = ["RED", "YELLOW", "GREEN"] as const satisfies readonly Colour[];

const number = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

function newlyText(colour: Colour, changes: readonly Change[]): readonly string[] {
  if (changes.length === 0) return [];
  return [
    `Newly ${colour}: ${number(changes.length, "call", "calls")}`,
    ...grouped(changes).map(({ by, name, entries }) => {
      const more = entries.length > SHOWN ? `, and ${entries.length - SHOWN} more` : "";
      return `- ${by} ${name}: ${entries.length} (${entries.slice(0, SHOWN).join(", ")}${more})`;
    }),
  ];
}

export function simulatedText(
  { set, calls, unchanged, changes, unknown, unreproduced }: Simulated,
  waits: boolean,
): readonly string[] {
  const whys = Map.groupBy(unknown, ({ why }) => why);
  return [
    ...NEWLY.flatMap((colour) =>
      newlyText(
        colour,
        changes.filter(({ is }) => is === colour),
      ),
    ),
    ...[...whys].map(
      ([why, all]) =>
        `Unknown: ${number(all.length, "record", "records")}, because ${why} (${all
          .slice(0, SHOWN)
          .map(({ entry }) => entry)
          .join(", ")})`,
    ),
    ...(unreproduced.length === 0
      ? []
      : [
          `NOT REPRODUCED: ${number(unreproduced.length, "record", "records")} of this very set (${unreproduced.slice(0, SHOWN).join(", ")}). Run \`countersign audit verify\`; if the log verifies, report this.`,
        ]),
    `${number(calls, "call", "calls")}: ${unchanged} unchanged, ${changes.length} changed, ${unknown.length} unknown. Set ${set}`,
    ...(waits
      ? [
          "What to do: look at what would run by itself from now on. To accept it, say who and why: --accept-newly-green NAME REASON.",
        ]
      : []),
  ];
}
