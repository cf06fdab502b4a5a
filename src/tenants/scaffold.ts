// The files that a new client's folder begins with.

import { iso, type Instant, type TenantId } from "#kernel";
import { constitutionFiles } from "./constitution.ts";
import { formatEnvFile } from "./env-file.ts";

export interface ScaffoldFacts {
  readonly tenantId: TenantId;
  readonly prefix: string;
  readonly region: string;
  readonly slot: number;
  readonly since: Instant;
}

/** By path in the client's folder. INVARIANT: what goes into the YAML has a grammar (prefix, region, id) without quotes or line ends. */
export const clientFiles = ({ tenantId, prefix, region, slot, since }: ScaffoldFacts): ReadonlyMap<string, string> =>
  new Map([
    [
      "client.yml",
      `# The client ${prefix}, copied from the registry when it was onboarded. Yours to edit: add whom to call, and whatever
# else the next operator should know. Countersign does not read this file; what it goes by is: countersign tenant show ${prefix}
prefix: ${prefix}
id: ${tenantId}
region: ${region}
slot: ${slot}
since: "${iso(since)}"
`,
    ],
    [".env", formatEnvFile(prefix, new Map())],
    ...constitutionFiles(prefix),
  ]);
