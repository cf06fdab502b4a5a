import type { Register } from "./command.ts";
import type { Findings } from "./doctor/findings.ts";
import { judgeDemo, type DemoFindings } from "./doctor/judge-demo.ts";
import { exitStatus, judge } from "./doctor/judge.ts";
import type { Line } from "./doctor/line.ts";

export type { Findings, Grants, Installation, RepositoryFinding } from "./doctor/findings.ts";

export type Examined =
  | { readonly kind: "findings"; readonly findings: Findings }
  | { readonly kind: "demo"; readonly findings: DemoFindings }
  | { readonly kind: "not_configured"; readonly problems: readonly string[] };
export type Examine = (say: (line: string) => void) => Promise<Examined>;

const SIGNS = { ok: "ok  ", warn: "warn", fail: "FAIL" } as const;

export function doctor(examine: Examine): Register {
  return (program, terminal) => {
    program
      .command("doctor")
      .description(
        "Check settings, GitHub App, webhook, clock, rulesets, database. Status 0: well, 1: look at it, 2: broken.",
      )
      .option("--json", "print JSON")
      .action(async ({ json }: { readonly json?: boolean }) => {
        const examined = await examine(json === true ? () => {} : terminal.err);
        const lines = linesOf(examined);
        if (json === true) terminal.out(JSON.stringify({ status: exitStatus(lines), lines }));
        else
          for (const line of lines)
            terminal.out(
              `${SIGNS[line.status]}  ${line.what}${line.next === null ? "" : `\n      next: ${line.next}`}`,
            );
        terminal.exit(exitStatus(lines));
      });
  };
}

function linesOf(examined: Examined): readonly Line[] {
  switch (examined.kind) {
    case "findings":
      return judge(examined.findings);
    case "demo":
      return judgeDemo(examined.findings);
    case "not_configured":
      return examined.problems.map((what) => ({ status: "fail", what, next: null }));
  }
}
