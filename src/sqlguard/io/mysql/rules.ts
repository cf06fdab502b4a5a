// What a client's own rules are in this database: `sql doctor` shows those that hide nothing.

import { z } from "zod";
import { judgeMask } from "../../mask-findings.ts";
import type { ClientRules } from "../../masks.ts";
import type { RoleFinding } from "../../role.ts";
import type { Session } from "./session.ts";

const found = z.object({ privileges: z.string() });

/** The server lists a column only to whoever has some right on it: one that is not there may be hidden already. */
export async function examineRules(
  session: Session,
  { masks, functions }: ClientRules,
): Promise<readonly RoleFinding[]> {
  const findings: RoleFinding[] = [];
  for (const mask of masks) {
    const columns = await session.ask(
      found,
      "select privileges from information_schema.columns where table_schema = ? and table_name = ? and (? is null or column_name = ?)",
      [mask.schema, mask.table, mask.column, mask.column],
    );
    const [table] = await session.ask(
      z.object({ there: z.coerce.number() }),
      "select count(*) as there from information_schema.tables where table_schema = ? and table_name = ?",
      [mask.schema, mask.table],
    );
    const readable = columns.some(({ privileges }) => /\bselect\b/i.test(privileges));
    findings.push(...judgeMask(mask, table === undefined || table.there === 0 ? undefined : readable));
  }
  return [
    ...findings,
    ...functions.map(({ schema, name }): RoleFinding => ({
      level: "should",
      what: `client.yml allows ${schema}.${name}: functions can be allowed on PostgreSQL alone.`,
      fix: "Remove it from client.yml, unless it is of another database of this client.",
    })),
  ];
}
