// `webhook`: a client's own systems that hear of its tickets and approvals.

import { EVENTS } from "#notify";
import { iso, type Instant } from "#kernel";
import { printable } from "./audit/printable.ts";
import { refusing, type Refused, type Register } from "./command.ts";

export interface ListedWebhook {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly madeAt: Instant;
  readonly rotatedUntil: Instant | null;
  readonly disabled: { readonly at: Instant; readonly why: "gone" | "by_hand" } | null;
}

interface Named {
  readonly tenant: string;
  readonly id: string;
}
type Done = Refused | { readonly kind: "done" };

export interface WebhookPorts {
  readonly add: (asked: {
    readonly tenant: string;
    readonly url: string;
    readonly events: readonly string[];
  }) => Promise<Refused | { readonly kind: "added"; readonly id: string; readonly secret: string }>;
  readonly list: (
    tenant: string,
  ) => Promise<Refused | { readonly kind: "webhooks"; readonly webhooks: readonly ListedWebhook[] }>;
  readonly rotate: (asked: Named) => Promise<Refused | { readonly kind: "rotated"; readonly secret: string }>;
  readonly test: (asked: Named) => Promise<Refused | { readonly kind: "answered"; readonly status: number }>;
  readonly disable: (asked: Named) => Promise<Done>;
  readonly remove: (asked: Named) => Promise<Done>;
}

interface Options {
  readonly tenant: string;
  readonly json?: boolean;
}

const several = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text];

export function webhook(ports: WebhookPorts): Register {
  return (program, terminal) => {
    const refuse = refusing(terminal);
    const group = program
      .command("webhook")
      .description("A client's own systems that hear of its tickets and approvals, signed by Standard Webhooks.");

    group
      .command("add")
      .argument("<url>", "https, on the public internet")
      .description("Send events there from now on. The secret that signs them is shown once.")
      .requiredOption("--tenant <prefix>", "whose events")
      .option("--event <name>", `only these, again and again; otherwise all: ${EVENTS.join(", ")}`, several)
      .option("--json", "print JSON")
      .action(async (url: string, { tenant, event, json }: Options & { readonly event?: readonly string[] }) => {
        const events = event ?? [];
        const unknown = events.filter((name) => !EVENTS.some((each) => each === name));
        if (unknown.length > 0)
          return refuse([`There is no event ${printable(unknown.join(", "))}. There are: ${EVENTS.join(", ")}.`], json);
        const added = await ports.add({ tenant, url, events });
        if (added.kind === "refused") return refuse(added.problems, json);
        if (json === true) return terminal.reveal(JSON.stringify({ id: added.id, secret: added.secret }));
        terminal.reveal(added.secret);
        terminal.err(
          `This secret is shown once: the receiver verifies signatures with it.\nTry it: countersign webhook test ${added.id} --tenant ${printable(tenant)}`,
        );
      });

    group
      .command("list")
      .description("Where events are sent.")
      .requiredOption("--tenant <prefix>", "whose events")
      .option("--json", "print JSON, one line for each")
      .action(async ({ tenant, json }: Options) => {
        const found = await ports.list(tenant);
        if (found.kind === "refused") return refuse(found.problems, json);
        for (const each of found.webhooks) terminal.out(json === true ? asJson(each) : printable(asLine(each)));
        if (found.webhooks.length === 0 && json !== true)
          terminal.err(`None. Add one: countersign webhook add https://... --tenant ${printable(tenant)}`);
      });

    group
      .command("rotate")
      .argument("<id>", "from `countersign webhook list`")
      .description("A new secret, shown once. For 24 hours both sign; then the new one alone.")
      .requiredOption("--tenant <prefix>", "whose events")
      .option("--json", "print JSON")
      .action(async (id: string, { tenant, json }: Options) => {
        const done = await ports.rotate({ tenant, id });
        if (done.kind === "refused") return refuse(done.problems, json);
        terminal.reveal(json === true ? JSON.stringify({ id, secret: done.secret }) : done.secret);
        if (json !== true)
          terminal.err(
            "This secret is shown once. For 24 hours each message carries both signatures: give the receiver the new one by then.",
          );
      });

    group
      .command("test")
      .argument("<id>", "from `countersign webhook list`")
      .description("Send a webhook.test there now, and say what it answered.")
      .requiredOption("--tenant <prefix>", "whose events")
      .action(async (id: string, { tenant }: Options) => {
        const done = await ports.test({ tenant, id });
        if (done.kind === "refused") return refuse(done.problems);
        const well = done.status >= 200 && done.status < 300;
        terminal.out(`It answered ${done.status}${whatFollows(done.status)}`);
        terminal.exit(well ? 0 : 1);
      });

    const ending =
      (act: "disable" | "remove", said: string) =>
      async (id: string, { tenant }: Options): Promise<void> => {
        const done = await ports[act]({ tenant, id });
        if (done.kind === "refused") return refuse(done.problems);
        terminal.out(said);
      };
    group
      .command("disable")
      .argument("<id>", "from `countersign webhook list`")
      .description("Send nothing there any more. What waits is given up.")
      .requiredOption("--tenant <prefix>", "whose events")
      .action(ending("disable", "It is disabled."));
    group
      .command("remove")
      .argument("<id>", "from `countersign webhook list`")
      .description("Forget the receiver and its secrets.")
      .requiredOption("--tenant <prefix>", "whose events")
      .action(ending("remove", "It is removed."));
  };
}

function stateOf({ disabled, rotatedUntil }: ListedWebhook): string {
  if (disabled !== null)
    return disabled.why === "gone"
      ? `disabled ${iso(disabled.at)}: it said 410, gone`
      : `disabled ${iso(disabled.at)} by hand`;
  return rotatedUntil === null ? "sends" : `sends; its secret before was good until ${iso(rotatedUntil)}`;
}

const asLine = (each: ListedWebhook): string =>
  `${each.id}  ${each.url}  ${each.events.length === 0 ? "every event" : each.events.join(",")}  ${stateOf(each)}`;

const asJson = (each: ListedWebhook): string =>
  JSON.stringify({
    id: each.id,
    url: each.url,
    events: each.events,
    madeAt: iso(each.madeAt),
    rotatedUntil: each.rotatedUntil === null ? null : iso(each.rotatedUntil),
    disabledAt: each.disabled === null ? null : iso(each.disabled.at),
    disabledWhy: each.disabled?.why ?? null,
  });

function whatFollows(status: number): string {
  if (status >= 200 && status < 300) return ".";
  if (status >= 300 && status < 400)
    return ", and redirects are not followed: add the address that it leads to, and remove this one.";
  return ": events wait, and are tried again, until it answers 2xx.";
}
