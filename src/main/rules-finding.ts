import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Findings } from "#cli";
import type { Known } from "#kernel";
import type { Database } from "#platform/postgres";
import { ownPrefix } from "#tenants/io";
import { claimsOf } from "./claims.ts";

type Rules = Findings["rules"] extends Known<infer T> ? T : never;

/** A harmless read, as a server asks about it. */
export async function opaFinding(url: string | null): Promise<Findings["opa"]> {
  if (url === null) return null;
  const { askedOpa } = await import("#policy/io");
  return { url, problems: await askedOpa(new URL(url)) };
}

/** As a server that starts now would read them: one that runs keeps those from before. */
export async function rulesFinding(database: Database, clientsDir: string): Promise<Rules> {
  const prefixes = await Promise.all(
    (await claimsOf(database)).map((claim) => database.withTenant(claim, (tx) => ownPrefix(tx))),
  );
  const found = await Promise.all(
    prefixes.map(async (prefix) => {
      const directory = join(clientsDir, prefix, "constitution");
      const there = (await stat(directory).catch(() => null))?.isDirectory() === true;
      return { prefix, directory, there, problems: there ? await problemsOf(prefix, directory) : [] };
    }),
  );
  return found.filter(({ there, problems }) => !there || problems.length > 0);
}

/** The engine is loaded for this alone: no other command of the doctor's house needs it. */
async function problemsOf(prefix: string, directory: string): Promise<readonly string[]> {
  const { openPolicy, readConstitution, readFolder } = await import("#policy/io");
  const opened = openPolicy(`doctor ${prefix}`, await readConstitution(await readFolder(directory, "tenant")));
  return opened.kind === "refused" ? opened.findings.map(({ file, says }) => `${file}: ${says}`) : [];
}
