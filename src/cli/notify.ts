// `notify status`: which ways out a client has, what is missing, and what waits.

import { iso, type Instant } from "#kernel";
import type { Channel } from "#notify";
import { printable } from "./audit/printable.ts";
import { refusing, type Refused, type Register } from "./command.ts";

export interface NotifyStatus {
  readonly prefix: string;
  /** `missing`: names to set with `secret set`; empty, and it works. */
  readonly channels: readonly {
    readonly channel: Channel;
    readonly says: string;
    readonly missing: readonly string[];
  }[];
  readonly waiting: readonly {
    readonly channel: Channel;
    readonly waits: "provider" | "credential" | "quota" | null;
    readonly notices: number;
    readonly oldest: Instant;
  }[];
  readonly delivered: number;
  readonly lost: number;
}

export interface NotifyPorts {
  /** Of all clients for null. */
  readonly status: (
    tenant: string | null,
  ) => Promise<Refused | { readonly kind: "status"; readonly clients: readonly NotifyStatus[] }>;
}

export function notify(ports: NotifyPorts): Register {
  return (program, terminal) => {
    const refuse = refusing(terminal);
    program
      .command("notify")
      .description("What goes out: comments, Slack, mail and webhooks.")
      .command("status")
      .description("Which channels a client has, what to set for the others, and what waits to go out.")
      .option("--tenant <prefix>", "one client; otherwise all")
      .option("--json", "print JSON, one line for each client")
      .action(async ({ tenant, json }: { readonly tenant?: string; readonly json?: boolean }) => {
        const found = await ports.status(tenant ?? null);
        if (found.kind === "refused") return refuse(found.problems, json);
        for (const each of found.clients)
          if (json === true) terminal.out(JSON.stringify(asJson(each)));
          else for (const line of asLines(each)) terminal.out(printable(line));
      });
  };
}

const BECAUSE = {
  provider: "its provider did not take it yet; it is tried again",
  credential: "its credential is not set, or was not accepted",
  quota: "there were many about the same ticket today",
} as const;

function asLines({ prefix, channels, waiting, delivered, lost }: NotifyStatus): readonly string[] {
  return [
    prefix,
    ...channels.flatMap(({ channel, says, missing }) => [
      `  ${channel.padEnd(8)} ${says}`,
      ...missing.map((name) => `           countersign secret set ${prefix} ${name}`),
    ]),
    ...waiting.map(
      ({ channel, waits, notices, oldest }) =>
        `  waiting  ${notices} by ${channel} since ${iso(oldest)}: ${waits === null ? "until its turn or its hour" : BECAUSE[waits]}`,
    ),
    `  in the last seven days: ${delivered} delivered, ${lost} given up`,
  ];
}

const asJson = ({ waiting, ...status }: NotifyStatus) => ({
  ...status,
  waiting: waiting.map(({ oldest, ...each }) => ({ ...each, oldest: iso(oldest) })),
});
