// What a client's own rules are in this database: `sql doctor` shows those that hide or allow nothing.

import { z } from "zod";
import { judgeMask } from "../../mask-findings.ts";
import type { ClientRules } from "../../masks.ts";
import type { RoleFinding } from "../../role.ts";
import { DEFINITION_HASH } from "./catalog-names.ts";
import type { Session } from "./session.ts";

const maskRow = z.object({ n: z.number(), readable: z.boolean() });
const functionRow = z.object({ schema: z.string(), name: z.string(), sha256: z.string().nullable() });

export async function examineRules(
  session: Session,
  { masks, functions }: ClientRules,
): Promise<readonly RoleFinding[]> {
  const there = await session.ask(
    maskRow,
    `select n::int, bool_or(pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')) as readable
       from unnest($1::text[], $2::text[], $3::text[]) with ordinality as m(s, t, k, n)
       join pg_catalog.pg_namespace s on s.nspname = m.s join pg_catalog.pg_class c on c.relnamespace = s.oid and c.relname = m.t
       join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and (m.k is null or a.attname = m.k)
       group by n`,
    [masks.map(({ schema }) => schema), masks.map(({ table }) => table), masks.map(({ column }) => column)],
  );
  const found = await session.ask(
    functionRow,
    `select s.nspname::text as schema, p.proname::text as name, ${DEFINITION_HASH} as sha256
       from pg_catalog.pg_proc p join pg_catalog.pg_namespace s on s.oid = p.pronamespace
       where (s.nspname, p.proname) in (select * from unnest($1::name[], $2::name[]))`,
    [functions.map(({ schema }) => schema), functions.map(({ name }) => name)],
  );
  return [
    ...masks.flatMap((mask, i) => judgeMask(mask, there.find(({ n }) => n === i + 1)?.readable)),
    ...functions.flatMap(({ schema, name, sha256 }): readonly RoleFinding[] => {
      const all = found.filter((each) => each.schema === schema && each.name === name);
      const label = `${schema}.${name}`;
      if (all.length === 0)
        return [
          {
            level: "should",
            what: `client.yml allows ${label}, which this database does not have.`,
            fix: "Remove it from client.yml.",
          },
        ];
      if (all.some((each) => each.sha256 === null))
        return [
          {
            level: "should",
            what: `client.yml allows ${label}, which runs with its owner's rights, or is no SQL or PL/pgSQL function: it stays refused.`,
            fix: "Remove it from client.yml.",
          },
        ];
      return all.some((each) => each.sha256 === sha256)
        ? []
        : [
            {
              level: "should",
              what: `client.yml allows ${label} as it was; it was changed since, and is refused.`,
              fix: `Review it anew. Its sha256 is now ${all.map((each) => each.sha256).join(", ")}.`,
            },
          ];
    }),
  ];
}
