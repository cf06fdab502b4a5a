import type { Command } from "commander";
import { isKeyName } from "#identity";
import { repoName } from "#kernel";
import { refusing, type Refused, type Terminal } from "./command.ts";
import { CONNECTABLE, connecting } from "./connect/index.ts";
import { webAddress } from "./web-address.ts";

const PREFIX = /^[a-z][a-z0-9]{1,15}$/;

/** nowhere: from this machine no Countersign can be asked. */
export type AgentSeen = Refused | { readonly kind: "active" | "revoked" | "nowhere" };

export interface ConnectPorts {
  /** Where this installation says that it is reached. */
  readonly url: () => string;
  /** `agent`: its name, or its id. */
  readonly look: (tenant: string, agent: string) => Promise<AgentSeen>;
}

interface ConnectOptions {
  readonly tenant: string;
  readonly agent: string;
  readonly url?: string;
  readonly repository?: string;
}

export function agentConnect(group: Command, terminal: Terminal, ports: ConnectPorts): void {
  const refuse = refusing(terminal);
  const kinds = Object.keys(CONNECTABLE);
  group
    .command("connect")
    .argument("<kind>", kinds.join(", "))
    .description("Print the settings with which an agent's program asks Countersign first, and stops when it cannot.")
    .requiredOption("--tenant <prefix>", "whose agent it is")
    .requiredOption("--agent <name>", "its name, from `countersign agent list`")
    .option("--url <url>", "where Countersign is for it; left out: PUBLIC_URL")
    .option("--repository <owner/name>", "what it works on; left out: its environment says so (GITHUB_REPOSITORY)")
    .action(async (kind: string, options: ConnectOptions) => {
      const at = webAddress(options.url ?? ports.url());
      const problems = [
        ...(PREFIX.test(options.tenant) ? [] : ["--tenant takes a tenant's short name, such as acme."]),
        ...(isKeyName(options.agent) ? [] : ["--agent takes the name of an agent: `countersign agent list`."]),
        ...(at === null ? ["--url takes a web address, such as https://countersign.example.com."] : []),
        ...(options.repository === undefined || repoName(options.repository) !== null
          ? []
          : ["--repository takes owner/name."]),
      ];
      const text =
        at === null || problems.length > 0
          ? null
          : connecting(kind, { ...options, url: at, repository: options.repository ?? null });
      if (text === null)
        return refuse(problems.length > 0 ? problems : [`There is no ${kind}. There are: ${kinds.join(", ")}.`]);
      const seen = await ports.look(options.tenant, options.agent);
      switch (seen.kind) {
        case "refused":
          return refuse(seen.problems);
        case "revoked":
          return refuse([
            `${options.agent} is revoked. Agents of ${options.tenant}: countersign agent list --tenant ${options.tenant}`,
          ]);
        case "nowhere":
          terminal.err(
            `From here nobody can say whether ${options.tenant} has an agent ${options.agent}: where the server is, \`countersign agent list --tenant ${options.tenant}\` says it.`,
          );
          break;
        case "active":
      }
      if (options.url === undefined)
        terminal.err(`Countersign is taken to be at ${at}. If the agent reaches it elsewhere: --url ADDRESS`);
      terminal.out(text);
    });
}
