import type { Register } from "./command.ts";

export type Migrated =
  | { readonly kind: "done"; readonly applied: readonly string[] }
  | { readonly kind: "refused"; readonly problems: readonly string[] };
export type RunMigrate = (say: (line: string) => void) => Promise<Migrated>;

export function migrate(run: RunMigrate): Register {
  return (program, terminal) => {
    program
      .command("migrate")
      .description("Bring the database to this version. Needs DATABASE_ADMIN_URL, DATABASE_URL and CLAIM_KEY.")
      .option("--json", "print JSON")
      .action(async ({ json }: { readonly json?: boolean }) => {
        const result = await run(json === true ? () => {} : terminal.err);
        if (json === true) terminal.out(JSON.stringify(result));
        else if (result.kind === "done")
          terminal.out(
            result.applied.length === 0 ? "The database was up to date." : `Applied: ${result.applied.join(", ")}`,
          );
        else for (const problem of result.problems) terminal.err(problem);
        terminal.exit(result.kind === "done" ? 0 : 2);
      });
  };
}
