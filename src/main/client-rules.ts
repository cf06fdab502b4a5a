import type { ClientRules } from "#sqlguard";
import { parseClientFile } from "#tenants";
import { openClients } from "#tenants/io";
import { refused, type Refused } from "./refused.ts";

/** What the client's own file says. INVARIANT: a file that cannot be read or understood is never "no file". */
export async function clientRulesOf(
  clientsDir: string,
  prefix: string,
): Promise<{ readonly kind: "rules"; readonly rules: ClientRules } | Refused> {
  const text = await (await openClients(clientsDir)).readSettings(prefix);
  if (text.kind === "refused") return refused(text.why);
  const read = parseClientFile(text.kind === "text" ? text.text : null);
  return read.kind === "refused" ? refused(...read.problems) : { kind: "rules", rules: read.file };
}
