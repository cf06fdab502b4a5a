import type { Register } from "./command.ts";

export type Migrated =
  | { readonly kind: "done"; readonly applied: readonly string[] }
  | { readonly kind: "refused"; readonly problems: readonly string[] };
export interface MigrateOptions {
  /** Why, where keys are overdue and it cannot wait; null: it can. */
  readonly despiteOldKeys: string | null;
}
export type RunMigrate = (options: MigrateOptions, say: (line: string) => void) => Promise<Migrated>;

export function migrate(run: RunMigrate): Register {
  return (program, terminal) => {
    program
      .command("migrate")
      .description(
        "Bring the database to this version. Needs DATABASE_ADMIN_URL, DATABASE_URL and CLAIM_KEY. Refused while a tenant's key is 91 days old or older.",
      )
      .option(
        "--despite-old-keys <reason>",
        "where it cannot wait until the keys are rotated: the platform's log keeps why",
      )
      .option("--json", "print JSON")
      .action(async ({ json, despiteOldKeys }: { readonly json?: boolean; readonly despiteOldKeys?: string }) => {
        const reason = despiteOldKeys?.trim() ?? "";
        const result = await run(
          { despiteOldKeys: reason === "" ? null : reason.slice(0, 500) },
          json === true ? () => {} : terminal.err,
        );
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
