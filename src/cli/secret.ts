import { isSecretName, variableOf } from "#tenants";
import { refusing, type Refused, type Register } from "./command.ts";

export interface ListedSecret {
  readonly name: string;
  readonly keyId: string;
  /** opens: under the key that seals now. old_key: opens, and should be rotated. damaged: does not open. */
  readonly state: "opens" | "old_key" | "damaged";
}

export interface CheckedClient {
  readonly prefix: string;
  readonly secrets: number;
  readonly problems: readonly string[];
}

export interface SecretPorts {
  /** From a pipe, or asked for without showing it. */
  readonly readValue: (question: string) => Promise<string>;
  readonly set: (asked: {
    readonly tenant: string;
    readonly name: string;
    readonly value: string;
  }) => Promise<
    Refused | { readonly kind: "set"; readonly prefix: string; readonly file: string; readonly replaced: boolean }
  >;
  readonly remove: (asked: {
    readonly tenant: string;
    readonly name: string;
  }) => Promise<Refused | { readonly kind: "removed"; readonly prefix: string; readonly there: boolean }>;
  readonly list: (
    tenant: string,
  ) => Promise<
    Refused | { readonly kind: "secrets"; readonly prefix: string; readonly secrets: readonly ListedSecret[] }
  >;
  readonly rotate: (
    tenant: string,
  ) => Promise<Refused | { readonly kind: "rotated"; readonly prefix: string; readonly names: readonly string[] }>;
  /** Of all clients for null. */
  readonly check: (
    tenant: string | null,
  ) => Promise<Refused | { readonly kind: "checked"; readonly clients: readonly CheckedClient[] }>;
  /** What is staged for the next commit of the repository here. */
  readonly checkStaged: () => Promise<
    | Refused
    | {
        readonly kind: "staged";
        readonly files: number;
        readonly unread: number;
        readonly problems: readonly string[];
      }
  >;
  /** Everything that was ever committed in the repository here. */
  readonly checkHistory: () => Promise<
    | Refused
    | {
        readonly kind: "history";
        readonly commits: number;
        readonly files: number;
        readonly unread: number;
        readonly problems: readonly string[];
      }
  >;
}

interface Json {
  readonly json?: boolean;
}

interface Look extends Json {
  readonly staged?: boolean;
  readonly history?: boolean;
}

const nothingFound = (
  looked:
    | { readonly kind: "staged"; readonly files: number; readonly unread: number }
    | { readonly kind: "history"; readonly commits: number; readonly files: number; readonly unread: number },
): string => {
  const what =
    looked.kind === "staged"
      ? `${looked.files} staged files`
      : `${looked.files} versions of files in ${looked.commits} commits`;
  return `${what}: no credential in them.${looked.unread > 0 ? ` ${looked.unread} are too large to be looked at.` : ""}`;
};

const MOST_CHARACTERS = 32_768;
const MEANS: Readonly<Record<ListedSecret["state"], string>> = {
  opens: "opens",
  old_key: "opens under an older key",
  damaged: "DOES NOT OPEN",
};

export function secret(ports: SecretPorts): Register {
  return (program, terminal) => {
    const group = program
      .command("secret")
      .description("Credentials of clients, sealed in clients/<prefix>/.env. No command ever shows one.");
    const refuse = refusing(terminal);
    const badName = (name: string): string | null =>
      isSecretName(name)
        ? null
        : `${JSON.stringify(name.slice(0, 40))} is no name of a credential: capital letters, digits and underscores, without the client's prefix. DATABASE_URL, for example.`;

    group
      .command("set")
      .argument("<prefix>", "the client")
      .argument("<name>", "without the prefix: DATABASE_URL becomes ACME_DATABASE_URL")
      .description(
        "Seal a credential. Its value is asked for, or read from a pipe: never given as an argument, which everybody on the machine could read.",
      )
      .option("--json", "print JSON")
      .action(async (tenant: string, name: string, { json }: Json) => {
        const bad = badName(name);
        if (bad !== null) return refuse([bad], json);
        const value = (await ports.readValue(`Value of ${variableOf(tenant, name)} (not shown): `)).replace(
          /\r?\n$/,
          "",
        );
        if (value === "")
          return refuse(["Nothing came in, and nothing was changed. Type the value, or pipe it in."], json);
        if (value.length > MOST_CHARACTERS || value.includes("\0"))
          return refuse([`A value has at most ${MOST_CHARACTERS} characters and no NUL. Nothing was changed.`], json);
        const done = await ports.set({ tenant, name, value });
        if (done.kind === "refused") return refuse(done.problems, json);
        if (json === true) return terminal.out(JSON.stringify({ ...done, name: variableOf(done.prefix, name) }));
        terminal.out(
          `${variableOf(done.prefix, name)} is sealed in ${done.file}${done.replaced ? ", in place of the value before" : ""}. Only this client's key opens it, and its log says who set it.`,
        );
      });

    group
      .command("remove")
      .argument("<prefix>", "the client")
      .argument("<name>", "without the prefix")
      .description(
        "Take a credential out of the file. Revoke it where it comes from, too: backups of the file still have it, sealed.",
      )
      .action(async (tenant: string, name: string) => {
        const bad = badName(name);
        if (bad !== null) return refuse([bad]);
        const done = await ports.remove({ tenant, name });
        if (done.kind === "refused") return refuse(done.problems);
        terminal.out(
          done.there
            ? `${variableOf(done.prefix, name)} is gone from the file.`
            : `${done.prefix} has no ${variableOf(done.prefix, name)}: nothing was changed.`,
        );
      });

    group
      .command("list")
      .argument("<prefix>", "the client")
      .description("Names, and whether each still opens. Never values.")
      .option("--json", "print JSON, one line for each credential")
      .action(async (tenant: string, { json }: Json) => {
        const found = await ports.list(tenant);
        if (found.kind === "refused") return refuse(found.problems, json);
        for (const each of found.secrets)
          terminal.out(
            json === true
              ? JSON.stringify({ ...each, name: variableOf(found.prefix, each.name) })
              : `${variableOf(found.prefix, each.name)}  ${MEANS[each.state]}`,
          );
        if (found.secrets.length === 0 && json !== true)
          terminal.err(
            `${found.prefix} has no credentials yet. Seal one: countersign secret set ${found.prefix} DATABASE_URL`,
          );
        if (found.secrets.some(({ state }) => state === "damaged")) terminal.exit(1);
      });

    group
      .command("rotate")
      .argument("<prefix>", "the client")
      .description(
        "Seal everything anew under a new key. The credentials themselves stay: change those where they come from.",
      )
      .option("--json", "print JSON")
      .action(async (tenant: string, { json }: Json) => {
        const done = await ports.rotate(tenant);
        if (done.kind === "refused") return refuse(done.problems, json);
        if (json === true) return terminal.out(JSON.stringify(done));
        terminal.out(
          done.names.length === 0
            ? `${done.prefix} has no credentials yet: there is nothing to rotate.`
            : `${done.names.length} ${done.names.length === 1 ? "credential" : "credentials"} of ${done.prefix} sealed anew under a new key.`,
        );
      });

    group
      .command("check")
      .argument("[prefix]", "one client; without it, all of them")
      .description(
        "Open every credential and say what is wrong, without showing any. For a pre-commit hook: --staged. For continuous integration: --history.",
      )
      .option("--staged", "look at what is staged for the next commit of the git repository here, instead")
      .option("--history", "look at everything that was ever committed to the git repository here, instead")
      .option("--json", "print JSON")
      .action(async (tenant: string | undefined, { staged, history, json }: Look) => {
        if (staged === true || history === true) {
          const found = history === true ? await ports.checkHistory() : await ports.checkStaged();
          if (found.kind === "refused") return refuse(found.problems, json);
          if (json === true) terminal.out(JSON.stringify(found));
          else if (found.problems.length === 0) terminal.out(nothingFound(found));
          for (const problem of found.problems) terminal.err(problem);
          return terminal.exit(found.problems.length === 0 ? 0 : 1);
        }
        const checked = await ports.check(tenant ?? null);
        if (checked.kind === "refused") return refuse(checked.problems, json);
        for (const { prefix, secrets, problems } of checked.clients) {
          if (json === true) terminal.out(JSON.stringify({ prefix, secrets, problems }));
          else terminal.out(`${prefix}: ${problems.length === 0 ? `${secrets} open` : "PROBLEMS"}`);
          if (json !== true) for (const problem of problems) terminal.err(`  ${problem}`);
        }
        if (checked.clients.length === 0 && json !== true)
          terminal.err("There are no clients yet: countersign tenant onboard <prefix>");
        terminal.exit(checked.clients.every(({ problems }) => problems.length === 0) ? 0 : 1);
      });
  };
}
