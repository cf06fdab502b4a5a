import { refusing, type Refused, type Register } from "./command.ts";

export interface ShownPacketKey {
  readonly kid: string;
  readonly state: "active" | "retired" | "revoked";
  readonly createdAt: string;
  readonly endedAt: string | null;
  /** Of a retired one: its packets are believed until then. */
  readonly believedUntil: string | null;
}

export interface PacketKeyPorts {
  readonly list: (
    prefix: string,
  ) => Promise<Refused | { readonly kind: "keys"; readonly keys: readonly ShownPacketKey[] }>;
  readonly rotate: (
    prefix: string,
  ) => Promise<Refused | { readonly kind: "rotated"; readonly kid: string; readonly retired: string | null }>;
  readonly revoke: (asked: {
    readonly prefix: string;
    readonly kid: string;
  }) => Promise<Refused | { readonly kind: "revoked"; readonly kid: string }>;
}

interface Options {
  readonly json?: boolean;
}

export function packetKey(ports: PacketKeyPorts): Register {
  return (program, terminal) => {
    const refuse = refusing(terminal);
    const group = program
      .command("packet-key")
      .description("The keys by which the doer believes the gateway, of each client.");
    group
      .command("list <prefix>")
      .description("Which there are, and which signs.")
      .option("--json", "for programs")
      .action(async (prefix: string, { json }: Options) => {
        const answer = await ports.list(prefix);
        if (answer.kind === "refused") return refuse(answer.problems, json);
        if (json === true) return terminal.out(JSON.stringify(answer));
        if (answer.keys.length === 0) terminal.out("It has none yet: the first call of an agent makes one.");
        for (const { kid, state, createdAt, endedAt, believedUntil } of answer.keys)
          terminal.out(
            `${kid}  ${state}  since ${createdAt}${endedAt === null ? "" : `, ended ${endedAt}`}${believedUntil === null ? "" : `, believed until ${believedUntil}`}`,
          );
      });
    group
      .command("rotate <prefix>")
      .description("A new key signs from now on. Packets of the one before are believed for five minutes more.")
      .option("--json", "for programs")
      .action(async (prefix: string, { json }: Options) => {
        const answer = await ports.rotate(prefix);
        if (answer.kind === "refused") return refuse(answer.problems, json);
        if (json === true) return terminal.out(JSON.stringify(answer));
        terminal.out(`${answer.kid} signs now${answer.retired === null ? "" : `; ${answer.retired} is retired`}.`);
      });
    group
      .command("revoke <prefix> <kid>")
      .description(
        "Somebody may have it: no doer believes it from this moment on. Rotate afterwards, or the next call makes a new one.",
      )
      .option("--json", "for programs")
      .action(async (prefix: string, kid: string, { json }: Options) => {
        const answer = await ports.revoke({ prefix, kid });
        if (answer.kind === "refused") return refuse(answer.problems, json);
        if (json === true) return terminal.out(JSON.stringify(answer));
        terminal.out(`${kid} is revoked. What it signed and was not executed yet is refused.`);
      });
  };
}
