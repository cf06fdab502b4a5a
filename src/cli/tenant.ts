import { isRegion } from "#tenants";
import { refusing, type Refused, type Register } from "./command.ts";
import { tenantCertificate, type ReadCertificate } from "./tenant-certificate.ts";
import { tenantOffboard, type OffboardPorts } from "./tenant-offboard.ts";
import { tenantRotate, type RotatePorts } from "./tenant-rotate.ts";
import {
  asJson,
  asLine,
  asPage,
  onboarded,
  type ListedTenant,
  type Onboarded,
  type ShownTenant,
} from "./tenant-text.ts";

export interface Onboarding {
  readonly prefix: string;
  /** null: none is bound by this run. */
  readonly installation: number | null;
  /** null: as it is, or `local` for a new client. */
  readonly region: string | null;
}

export type OnboardAnswer = Onboarded | Refused;

export interface TenantPorts extends OffboardPorts {
  readonly onboard: (asked: Onboarding) => Promise<OnboardAnswer>;
  readonly list: () => Promise<Refused | { readonly kind: "tenants"; readonly tenants: readonly ListedTenant[] }>;
  readonly show: (prefix: string) => Promise<Refused | { readonly kind: "tenant"; readonly tenant: ShownTenant }>;
  readonly suspend: (asked: Change) => Promise<Refused | Changed<"suspended">>;
  readonly rotate: RotatePorts;
  readonly certificate: ReadCertificate;
  readonly reinstate: (asked: Change) => Promise<Refused | Changed<"reinstated">>;
}

interface Changed<Done extends string> {
  readonly kind: Done | "already";
  /** What could not be done at GitHub, a sentence each. */
  readonly problems: readonly string[];
}

interface Change {
  readonly prefix: string;
  readonly reason: string;
}

interface Json {
  readonly json?: boolean;
}

interface ChangeOptions extends Json {
  readonly reason: string;
  readonly yes?: boolean;
}

interface OnboardOptions {
  readonly installation?: string;
  readonly region?: string;
}

const MOST_REASON = 500;

function onboarding(prefix: string, { installation, region }: OnboardOptions): Onboarding | Refused {
  const number = installation === undefined ? null : Number(installation);
  const problems = [
    ...(number === null || (Number.isSafeInteger(number) && number > 0)
      ? []
      : ["--installation must be the installation's number. `countersign doctor` lists them."]),
    ...(region === undefined || isRegion(region)
      ? []
      : ["--region takes 1 to 32 characters: a to z, 0 to 9 and -, not beginning with -."]),
  ];
  return problems.length > 0 ? { kind: "refused", problems } : { prefix, installation: number, region: region ?? null };
}

export function tenant(ports: TenantPorts): Register {
  return (program, terminal) => {
    const group = program.command("tenant").description("The clients that Countersign works for.");
    const refuse = refusing(terminal);

    group
      .command("onboard")
      .argument("<prefix>", "the client's unique name: 2 to 16 characters, a to z and 0 to 9, beginning with a letter")
      .description(
        "A new client, in one command: its entry, its keys, its folder, and a GitHub App installation. Run again, it does what is missing, or binds one more.",
      )
      .option("--installation <id>", "the installation's number: `countersign doctor` lists them")
      .option("--region <name>", "where the client's data lies, as the registry keeps it: eu-central, for example")
      .option("--json", "print JSON")
      .action(async (prefix: string, { json, ...options }: Json & OnboardOptions) => {
        const asked = onboarding(prefix, options);
        const answer = "kind" in asked ? asked : await ports.onboard(asked);
        if (json === true) terminal.out(JSON.stringify(answer));
        else if (answer.kind === "done") for (const line of onboarded(answer)) terminal.out(line);
        if (json !== true) for (const problem of answer.problems) terminal.err(problem);
        terminal.exit(answer.kind === "done" && answer.problems.length === 0 ? 0 : 1);
      });

    group
      .command("list")
      .description("All clients, also those that are suspended.")
      .option("--json", "print JSON, one line for each client")
      .action(async ({ json }: Json) => {
        const found = await ports.list();
        if (found.kind === "refused") return refuse(found.problems, json);
        for (const each of found.tenants) terminal.out(json === true ? JSON.stringify(asJson(each)) : asLine(each));
        if (found.tenants.length === 0 && json !== true)
          terminal.err("There are no clients yet: countersign tenant onboard <prefix>");
      });

    group
      .command("show")
      .argument("<prefix>", "the client")
      .description(
        "One client: its id, state, region, installations, what was made for it, and the names of its credentials, never a value.",
      )
      .option("--json", "print JSON")
      .action(async (prefix: string, { json }: Json) => {
        const found = await ports.show(prefix);
        if (found.kind === "refused") return refuse(found.problems, json);
        const { tenant: shown } = found;
        if (json === true) {
          const { credentials, settings, assets, problems } = shown;
          return terminal.out(JSON.stringify({ ...asJson(shown), credentials, settings, assets, problems }));
        }
        for (const line of asPage(shown)) terminal.out(line);
        for (const problem of shown.problems) terminal.err(problem);
      });

    /** null: not confirmed, and said so. */
    const confirmed = async (prefix: string, verb: string, { reason, yes, json }: ChangeOptions) => {
      const said = reason.trim();
      if (said === "" || said.length > MOST_REASON) {
        refuse([`--reason takes 1 to ${MOST_REASON} characters. The client's log keeps it.`], json);
        return null;
      }
      const typed = yes === true ? prefix : (await ports.ask(`To ${verb} this client, type its name again: `)).trim();
      if (typed === prefix) return { prefix, reason: said };
      refuse([`Nothing was changed: what was typed is not ${JSON.stringify(prefix)}. In a script, give --yes.`], json);
      return null;
    };

    const leftOver = (problems: readonly string[]): void => {
      for (const problem of problems) terminal.err(problem);
      if (problems.length > 0) terminal.exit(1);
    };

    tenantCertificate(group, terminal, ports.certificate);
    tenantOffboard(group, terminal, ports);
    tenantRotate(group, terminal, ports.rotate);

    group
      .command("suspend")
      .argument("<prefix>", "the client")
      .description(
        "End all access to a client's data, at once: webhooks are dropped, API keys refused, jobs do nothing. Nothing is deleted.",
      )
      .requiredOption("--reason <text>", "why: the client's log keeps it")
      .option("--yes", "do not ask to type the name again")
      .option("--json", "print JSON")
      .action(async (prefix: string, options: ChangeOptions) => {
        const asked = await confirmed(prefix, "suspend", options);
        if (asked === null) return;
        const done = await ports.suspend(asked);
        if (done.kind === "refused") return refuse(done.problems, options.json);
        leftOver(done.problems);
        if (options.json === true) return terminal.out(JSON.stringify({ ...done, prefix }));
        terminal.out(
          done.kind === "already"
            ? `${prefix} was suspended already: nothing was changed.`
            : `${prefix} is suspended. Its data is where it was, and nobody has access to it. Take it back with: countersign tenant reinstate ${prefix} --reason TEXT`,
        );
      });

    group
      .command("reinstate")
      .argument("<prefix>", "the client")
      .description("Take a client back that was suspended. What was dropped meanwhile is read from GitHub again.")
      .requiredOption("--reason <text>", "why: the client's log keeps it")
      .option("--yes", "do not ask to type the name again")
      .option("--json", "print JSON")
      .action(async (prefix: string, options: ChangeOptions) => {
        const asked = await confirmed(prefix, "reinstate", options);
        if (asked === null) return;
        const done = await ports.reinstate(asked);
        if (done.kind === "refused") return refuse(done.problems, options.json);
        leftOver(done.problems);
        if (options.json === true) return terminal.out(JSON.stringify({ ...done, prefix }));
        terminal.out(
          done.kind === "already" ? `${prefix} is active: nothing was changed.` : `${prefix} is active again.`,
        );
      });
  };
}
