import { expiry, isKeyName, READER_CAPABILITIES, type Capability } from "#identity";
import type { ApiKey } from "#identity/io";
import { iso, type Instant } from "#kernel";
import { printable } from "./audit/printable.ts";
import { refusing, type Refused, type Register } from "./command.ts";
import { daysUntil, EXPIRY_HELP, EXPIRY_PROBLEM } from "./expiry.ts";

export interface KeyPorts {
  readonly now: () => Instant;
  readonly issue: (asked: {
    readonly tenant: string;
    readonly name: string;
    readonly capabilities: readonly Capability[];
    readonly days: number;
  }) => Promise<
    Refused | { readonly kind: "issued"; readonly id: string; readonly text: string; readonly expiresAt: Instant }
  >;
  readonly list: (tenant: string) => Promise<Refused | { readonly kind: "keys"; readonly keys: readonly ApiKey[] }>;
  readonly revoke: (asked: {
    readonly tenant: string;
    readonly id: string;
  }) => Promise<Refused | { readonly kind: "revoked" | "already"; readonly at: Instant }>;
}

interface IssueOptions {
  readonly tenant: string;
  readonly can: readonly string[];
  readonly name: string;
  readonly expires: string;
  readonly json?: boolean;
}

const several = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text];

export function key(ports: KeyPorts): Register {
  return (program, terminal) => {
    const group = program.command("key").description("API keys: read one tenant's audit log from outside.");
    const refuse = refusing(terminal);

    group
      .command("issue")
      .description("Make a key and show it, this once. It goes into requests as: Authorization: Bearer csk_...")
      .requiredOption("--tenant <prefix>", "whose data it may read")
      .requiredOption("--can <capability>", `what it allows: ${READER_CAPABILITIES.join(", ")}`, several)
      .option("--name <name>", "what the list calls it: whose it is, what it is for", "API key")
      .option("--expires <when>", EXPIRY_HELP, `${expiry.fallback}d`)
      .option("--json", "print JSON")
      .action(async (options: IssueOptions) => {
        const asked = parse(options, ports.now());
        if (asked.kind === "refused") return refuse(asked.problems, options.json);
        const made = await ports.issue({ tenant: options.tenant, ...asked });
        if (made.kind === "refused") return refuse(made.problems, options.json);
        if (options.json === true)
          return terminal.reveal(JSON.stringify({ id: made.id, key: made.text, expiresAt: iso(made.expiresAt) }));
        terminal.reveal(made.text);
        terminal.err(
          `This key is shown once and kept nowhere. It is valid until ${iso(made.expiresAt)}.\nTake it back with: countersign key revoke ${made.id} --tenant ${options.tenant}`,
        );
      });

    group
      .command("list")
      .description("The keys of a tenant: what they may do, until when, and when they were last used.")
      .requiredOption("--tenant <prefix>", "whose keys")
      .option("--json", "print JSON, one line for each key")
      .action(async ({ tenant, json }: { readonly tenant: string; readonly json?: boolean }) => {
        const found = await ports.list(tenant);
        if (found.kind === "refused") return refuse(found.problems);
        const now = ports.now();
        for (const each of found.keys) terminal.out(json === true ? asJson(each, now) : asLine(each, now));
        if (found.keys.length === 0 && json !== true)
          terminal.err(
            `Tenant ${printable(tenant)} has no keys. Make one: countersign key issue --tenant ${printable(tenant)} --can audit.read`,
          );
      });

    group
      .command("revoke")
      .argument("<id>", "the key's id, from `countersign key list`")
      .description("End a key now. Requests under way with it are refused, too.")
      .requiredOption("--tenant <prefix>", "whose key")
      .action(async (id: string, { tenant }: { readonly tenant: string }) => {
        const done = await ports.revoke({ tenant, id });
        if (done.kind === "refused") return refuse(done.problems);
        terminal.out(
          done.kind === "revoked" ? `Key ${id} is revoked.` : `Key ${id} was revoked already, at ${iso(done.at)}.`,
        );
      });
  };
}

type Asked =
  | Refused
  | {
      readonly kind: "asked";
      readonly name: string;
      readonly capabilities: readonly Capability[];
      readonly days: number;
    };

function parse(options: IssueOptions, now: Instant): Asked {
  const problems: string[] = [];
  const capabilities = options.can
    .flatMap((text) => text.split(","))
    .flatMap((text) => {
      const found = READER_CAPABILITIES.find((each) => each === text.trim());
      if (found === undefined)
        problems.push(
          `There is no capability ${printable(JSON.stringify(text.slice(0, 40)))}. There are: ${READER_CAPABILITIES.join(", ")}.`,
        );
      return found === undefined ? [] : [found];
    });
  if (!isKeyName(options.name))
    problems.push("--name takes 1 to 60 letters, digits, spaces and . _ @ + -, beginning with a letter or a digit.");
  const days = daysUntil(options.expires, now);
  if (days === null) problems.push(EXPIRY_PROBLEM);
  return problems.length > 0 || days === null
    ? { kind: "refused", problems }
    : { kind: "asked", name: options.name, capabilities, days };
}

function stateOf(each: ApiKey, now: Instant): string {
  if (each.revokedAt !== null) return `revoked ${iso(each.revokedAt)}`;
  return each.expiresAt <= now ? `expired ${iso(each.expiresAt)}` : `valid until ${iso(each.expiresAt)}`;
}

const asLine = (each: ApiKey, now: Instant): string =>
  printable(
    `${each.id}  ${each.capabilities.join(",")}  ${stateOf(each, now)}  ${each.lastUsedAt === null ? "never used" : `last used ${iso(each.lastUsedAt)}`}  ${each.name}`,
  );

const asJson = (each: ApiKey, now: Instant): string =>
  JSON.stringify({
    id: each.id,
    name: each.name,
    capabilities: each.capabilities,
    state: each.revokedAt !== null ? "revoked" : each.expiresAt <= now ? "expired" : "valid",
    issuedAt: iso(each.issuedAt),
    expiresAt: iso(each.expiresAt),
    revokedAt: each.revokedAt === null ? null : iso(each.revokedAt),
    lastUsedAt: each.lastUsedAt === null ? null : iso(each.lastUsedAt),
  });
