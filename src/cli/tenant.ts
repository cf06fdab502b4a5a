import type { Register } from "./command.ts";

export type OnboardAnswer =
  | { readonly kind: "done"; readonly said: string }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

export interface TenantPorts {
  readonly onboard: (asked: {
    readonly prefix: string;
    readonly installation: number | null;
  }) => Promise<OnboardAnswer>;
}

export function tenant(ports: TenantPorts): Register {
  return (program, terminal) => {
    const group = program.command("tenant").description("The clients that Countersign works for.");
    group
      .command("onboard")
      .argument("<prefix>", "the client's unique name: 2 to 16 characters, a to z and 0 to 9, beginning with a letter")
      .description(
        "Create a tenant and bind a GitHub App installation to it. Run again, it binds one more installation.",
      )
      .option("--installation <id>", "the installation's number: `countersign doctor` lists them")
      .option("--json", "print JSON")
      .action(async (prefix: string, options: { readonly installation?: string; readonly json?: boolean }) => {
        const installation = options.installation === undefined ? null : Number(options.installation);
        const answer: OnboardAnswer =
          installation !== null && !(Number.isSafeInteger(installation) && installation > 0)
            ? {
                kind: "refused",
                problems: ["--installation must be the installation's number. `countersign doctor` lists them."],
              }
            : await ports.onboard({ prefix, installation });
        if (options.json === true) terminal.out(JSON.stringify(answer));
        else if (answer.kind === "done") terminal.out(answer.said);
        else for (const problem of answer.problems) terminal.err(problem);
        terminal.exit(answer.kind === "done" ? 0 : 1);
      });
  };
}
