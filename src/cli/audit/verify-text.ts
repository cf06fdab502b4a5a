// A verification for people: five lines, what was not proven, what to do next.

import type { Finding, Question, Report, Verdict } from "#verifier";
import { printable } from "./printable.ts";

const NAMES: Readonly<Record<Question, string>> = {
  signature: "signature",
  append_only: "append-only",
  tree: "tree = entries",
  bodies: "bodies = leaves",
  completeness: "completeness",
};
const STATES: Readonly<Record<Verdict["state"], string>> = {
  verified: "verified",
  tampered: "TAMPERED",
  not_checked: "not checked",
};
const SHOWN = 10;

export const asText = (report: Report): readonly string[] => [
  ...report.verdicts.flatMap((verdict, i) => [
    `${i + 1}  ${NAMES[verdict.question].padEnd(16)} ${STATES[verdict.state].padEnd(12)} ${printable(verdict.says)}`,
    ...verdict.findings.slice(0, SHOWN).map((finding) => `     ${placed(finding)}`),
    ...(verdict.found > SHOWN ? [`     and ${verdict.found - SHOWN} more (--json lists them)`] : []),
  ]),
  "",
  "Not proven:",
  ...report.notProven.map((what) => `  - ${printable(what)}`),
  "",
  ...conclusion(report),
];

const placed = ({ log, at, what, code }: Finding): string =>
  printable(`${[log, at].filter((each) => each !== "").join(", ")}: ${what} (${code})`);

function conclusion(report: Report): readonly string[] {
  switch (report.state) {
    case "verified":
      return ["Verified. Keep this run's state: the next one compares with it, and then reads only what is new."];
    case "tampered":
      return [
        "This log was changed, or damaged. Keep a copy of it as it is, and compare with your witnesses' checkpoints",
        'and the receipts in check runs and comments (docs/audit-format.md, "When it says tampered").',
      ];
    case "not_checked":
      return [
        "Nothing wrong was found, and not everything could be checked:",
        ...new Set(
          report.verdicts
            .flatMap((verdict) => verdict.gaps)
            .filter((gap) => gap.blocks)
            .map((gap) => `  - ${printable(`${gap.what} ${gap.next}`)}`),
        ),
      ];
  }
}
