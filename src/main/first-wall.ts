// What a statement is, before anything is decided about it: by the grammars alone, without a connection or its credential. Whoever
// executes it asks its own server's grammar again, with the catalog, in a transaction that writes nothing.

import type { PlannedSql } from "#gateway";
import { checkMysql, createParsers } from "#sqlguard/io";
import type { Opened } from "./lifecycle.ts";

/** Which server it is for stands in a credential that this process does not open: one of the grammars has to allow it. */
export function openFirstWall(resources: Opened): (statement: string) => Promise<PlannedSql> {
  const parsers = createParsers();
  resources.add("the SQL parsers", () => parsers.close());
  return async (statement) => {
    const answer = await parsers.parserFor(18).classify(statement);
    if (answer.kind === "classified") {
      const { kind, offences } = answer.classified;
      // What only a catalog knows (a client's own function) is asked of it at execution.
      if (kind !== null && offences.length === 0) return { verdict: "allow", kind };
    }
    const mysql = await checkMysql(parsers.mysqlParserFor("mysql"), statement);
    return mysql.verdict === "allow"
      ? { verdict: "allow", kind: mysql.kind }
      : { verdict: "deny", why: mysql.refusals[0]?.says ?? "It is not a statement that only reads." };
  };
}
