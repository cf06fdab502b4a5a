import type { Mask } from "./masks.ts";
import type { RoleFinding } from "./role.ts";

/** `readable`: whether the login itself may read any of its columns; undefined where there are none. */
export function judgeMask({ schema, table, column }: Mask, readable: boolean | undefined): readonly RoleFinding[] {
  const label = `${schema}.${table}.${column ?? "*"}`;
  if (readable === undefined)
    return [
      {
        level: "should",
        what: `client.yml hides ${label}, which this database does not have.`,
        fix: "Correct it in client.yml, unless it is of another database of this client.",
      },
    ];
  return readable
    ? [
        {
          level: "should",
          what: `client.yml hides ${label}, and the login may read it: only Countersign hides it.`,
          fix: `Better: GRANT SELECT on the other columns alone, and REVOKE SELECT ON ${schema}.${table}.`,
        },
      ]
    : [];
}
