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
# else the next operator should know under contacts and notes. What the registry holds is shown by: countersign tenant show ${prefix}
# Countersign reads what stands under "sql" here, columns that agents never see and functions that they may call
# (docs/sql-guard.md), and refuses the file when it holds anything that it does not know.
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
