import { isLogin, ROLES, type Person, type Role } from "#identity";
import type { ListedPerson } from "#identity/io";
import { iso, userId, type UserId } from "#kernel";
import { printable } from "./audit/printable.ts";
import { refusing, type Refused, type Register } from "./command.ts";

export interface PersonPorts {
  readonly add: (asked: {
    readonly tenant: string;
    readonly login: string;
    /** null: looked up at GitHub, once. */
    readonly github: UserId | null;
    readonly roles: readonly Role[];
  }) => Promise<Refused | { readonly kind: "added" | "changed" | "unchanged"; readonly person: Person }>;
  readonly list: (
    tenant: string,
  ) => Promise<Refused | { readonly kind: "people"; readonly people: readonly ListedPerson[] }>;
  readonly roles: (asked: {
    readonly tenant: string;
    readonly login: string;
    readonly roles: readonly Role[];
  }) => Promise<Refused | ({ readonly kind: "added" | "changed" | "unchanged"; readonly person: Person } & Left)>;
  readonly remove: (asked: {
    readonly tenant: string;
    readonly login: string;
  }) => Promise<Refused | ({ readonly kind: "removed"; readonly person: Person; readonly handed: Handed } & Left)>;
}

/** What was theirs. `to`: whose login it is now; null: nobody else is there, or there was nothing to give. */
interface Handed {
  readonly to: string | null;
  readonly tickets: number;
}

interface Left {
  /** Agents for which nobody may approve from now on, by name. */
  readonly unanswered: readonly string[];
}

interface Options {
  readonly tenant: string;
  readonly role: readonly string[];
  readonly githubId?: string;
  readonly json?: boolean;
}

const several = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text];

export function person(ports: PersonPorts): Register {
  return (program, terminal) => {
    const group = program
      .command("person")
      .description("A client's people: who may look, approve, stop agents and manage. They sign in with GitHub.");
    const refuse = refusing(terminal);
    const told = (made: Awaited<ReturnType<PersonPorts["add"]>>, json: boolean | undefined): void => {
      if (made.kind === "refused") return refuse(made.problems, json);
      if (json === true) return terminal.out(JSON.stringify({ kind: made.kind, ...document(made.person) }));
      const { login, github, roles } = made.person;
      const now = { added: "may now be", changed: "is now", unchanged: "was already" }[made.kind];
      terminal.out(printable(`${login} (GitHub account ${github}) ${now}: ${roles.join(", ")}.`));
    };

    const warn = ({ unanswered }: Left, tenant: string): void => {
      if (unanswered.length > 0)
        terminal.err(
          printable(
            `Nobody may approve what ${unanswered.join(", ")} ask${unanswered.length === 1 ? "s" : ""} from now on: every call that waits for a person ends as a no. Add somebody: countersign person add LOGIN --tenant ${tenant} --role approver`,
          ),
        );
    };

    group
      .command("add")
      .argument("<login>", "the GitHub account's name")
      .description(
        "Let somebody sign in. The account is kept by its number: whoever takes over the name later is a stranger.",
      )
      .requiredOption("--tenant <prefix>", "whose person it is")
      .requiredOption("--role <role>", `what they may do, several times: ${ROLES.join(", ")}`, several)
      .option("--github-id <number>", "the account's number, where GitHub cannot be asked from here")
      .option("--json", "print JSON")
      .action(async (login: string, { tenant, role, githubId, json }: Options) => {
        const asked = parse(login, role);
        const github =
          githubId === undefined ? null : /^[1-9]\d{0,14}$/.test(githubId) ? userId(Number(githubId)) : null;
        if (asked.kind === "refused") return refuse(asked.problems, json);
        if (githubId !== undefined && github === null)
          return refuse(["--github-id takes the number that https://api.github.com/users/NAME shows as id."], json);
        told(await ports.add({ tenant, login, github, roles: asked.roles }), json);
      });

    group
      .command("list")
      .description("Who may sign in, and what for.")
      .requiredOption("--tenant <prefix>", "whose people")
      .option("--json", "print JSON, one line for each person")
      .action(async ({ tenant, json }: Options) => {
        const found = await ports.list(tenant);
        if (found.kind === "refused") return refuse(found.problems, json);
        for (const each of found.people)
          terminal.out(
            json === true
              ? JSON.stringify({ ...document(each), addedAt: iso(each.addedAt) })
              : printable(
                  `${each.login}  ${each.roles.join(", ")}  GitHub account ${each.github}  since ${iso(each.addedAt)}`,
                ),
          );
        if (json !== true && found.people.length === 0)
          terminal.err(
            `Nobody yet: approvals wait for nobody. countersign person add LOGIN --tenant ${tenant} --role approver`,
          );
      });

    group
      .command("roles")
      .argument("<login>", "from `countersign person list`")
      .description("Change what somebody may do: from now on exactly these. Who loses a role is signed out.")
      .requiredOption("--tenant <prefix>", "whose person it is")
      .requiredOption("--role <role>", `several times: ${ROLES.join(", ")}`, several)
      .option("--json", "print JSON")
      .action(async (login: string, { tenant, role, json }: Options) => {
        const asked = parse(login, role);
        if (asked.kind === "refused") return refuse(asked.problems, json);
        const made = await ports.roles({ tenant, login, roles: asked.roles });
        told(made, json);
        if (made.kind !== "refused") warn(made, tenant);
      });

    group
      .command("remove")
      .argument("<login>", "from `countersign person list`")
      .description(
        "End what somebody may do, now. Their sessions end with it; a yes of theirs that was not used counts no more.",
      )
      .requiredOption("--tenant <prefix>", "whose person it is")
      .option("--json", "print JSON")
      .action(async (login: string, { tenant, json }: Options) => {
        const done = await ports.remove({ tenant, login });
        if (done.kind === "refused") return refuse(done.problems, json);
        terminal.out(
          json === true
            ? JSON.stringify({ kind: done.kind, ...document(done.person), handed: done.handed })
            : printable(`${done.person.login} is nobody here any more, and is signed out.${inherited(done.handed)}`),
        );
        warn(done, tenant);
      });
  };
}

const inherited = ({ to, tickets }: Handed): string => {
  if (to === null || tickets === 0) return "";
  return ` ${tickets === 1 ? "The ticket of theirs is" : `The ${tickets} tickets of theirs are`} ${to}'s now: countersign ticket list --owner ${to}`;
};

const document = ({ person: id, login, github, roles }: Person) => ({ id, login, github, roles });

function parse(
  login: string,
  given: readonly string[],
): Refused | { readonly kind: "asked"; readonly roles: readonly Role[] } {
  const roles = ROLES.filter((role) => given.includes(role));
  const problems = [
    ...(isLogin(login) ? [] : ["The login is none of a GitHub account: letters, digits and hyphens."]),
    ...given
      .filter((text) => !ROLES.some((role) => role === text))
      .map((text) => `--role ${JSON.stringify(text)} is no role. There are ${ROLES.join(", ")}.`),
  ];
  return problems.length > 0 ? { kind: "refused", problems } : { kind: "asked", roles };
}
