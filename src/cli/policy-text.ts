import { cited, type Verdict } from "#policy";
import type { Report } from "#policy/io";

const MEANS = {
  GREEN: "GREEN: it may run by itself.",
  YELLOW: "YELLOW: a person has to say yes to exactly this first.",
  RED: "RED: it does not run, whoever says yes.",
} as const;

export function verdictText({ colour, reasons, errors, set }: Verdict): readonly string[] {
  return [
    MEANS[colour],
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
