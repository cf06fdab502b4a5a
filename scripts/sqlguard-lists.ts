// usage: DATABASE_URL=postgres://... node scripts/sqlguard-lists.ts   what a server's catalog says, beside src/sqlguard/postgres/
// Prints the names that the lists lack (+) and those that this server does not have or does not call harmless (-). A person adds them.
import pg from "pg";
import { majorOf } from "../src/sqlguard/postgres/majors.ts";
import { functionsOf } from "../src/sqlguard/postgres/functions.ts";
import { OPERATORS, TYPES } from "../src/sqlguard/postgres/types-and-operators.ts";
import { deriveFunctions, deriveOperators, deriveTypes } from "./sqlguard/lists.ts";

const client = new pg.Client({ connectionString: process.env["DATABASE_URL"] });
await client.connect();
const version = await client.query<{ server_version_num: string }>("show server_version_num");
const major = majorOf(Math.floor(Number(version.rows[0]?.server_version_num) / 10_000)) ?? 18;

function compare(title: string, derived: readonly string[], listed: ReadonlySet<string>): void {
  const found = new Set(derived);
  console.log(`${title}: ${derived.length} here, ${listed.size} listed`);
  for (const name of derived) if (!listed.has(name)) console.log(`+ ${name}`);
  for (const name of listed) if (!found.has(name)) console.log(`- ${name}`);
}

compare(`functions of PostgreSQL ${major}`, await deriveFunctions(client), functionsOf(major));
compare("types", await deriveTypes(client), TYPES);
compare("operators", await deriveOperators(client), OPERATORS);
await client.end();
