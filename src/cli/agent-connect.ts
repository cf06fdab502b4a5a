import type { Command } from "commander";
import { isKeyName } from "#identity";
import { repoName } from "#kernel";
import type { Terminal } from "./command.ts";
import { refusing } from "./command.ts";
import { CONNECTABLE, connecting } from "./connect/index.ts";
import { webAddress } from "./web-address.ts";

const PREFIX = /^[a-z][a-z0-9]{1,15}$/;

interface ConnectOptions {
  readonly tenant: string;
  readonly agent: string;
  readonly url?: string;
  readonly repository?: string;
}

/** `url`: where this installation says that it is reached. */
export function agentConnect(group: Command, terminal: Terminal, url: () => string): void {
  const kinds = Object.keys(CONNECTABLE);
  group
    .command("connect")
    .argument("<kind>", kinds.join(", "))
    .description("Print the settings with which an agent's program asks Countersign first, and stops when it cannot.")
    .requiredOption("--tenant <prefix>", "whose agent it is")
    .requiredOption("--agent <name>", "its name, from `countersign agent list`")
    .option("--url <url>", "where Countersign is for it; left out: PUBLIC_URL")
    .option("--repository <owner/name>", "what it works on; left out: its environment says so (GITHUB_REPOSITORY)")
    .action((kind: string, options: ConnectOptions) => {
      const at = webAddress(options.url ?? url());
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
        return refusing(terminal)(
          problems.length > 0 ? problems : [`There is no ${kind}. There are: ${kinds.join(", ")}.`],
        );
      terminal.out(text);
    });
}
