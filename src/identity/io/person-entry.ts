import type { EntryKind, NewEntry, Outcome, Party } from "#audit";
import type { Person } from "../people.ts";
import type { Asker } from "./keys.ts";

/** What this room says of a person. Who it is stands in the part that can be erased with them. */
export const personEntry = (told: {
  readonly kind: Extract<EntryKind, `person.${string}` | `passkey.${string}`>;
  readonly person: Person;
  readonly by: Asker;
  readonly body: NewEntry["body"];
  readonly outcome?: Outcome;
  readonly target?: Party;
}): NewEntry => ({
  kind: told.kind,
  outcome: told.outcome ?? "success",
  observer: { type: "app", id: "countersign" },
  initiator: told.by.initiator,
  target: told.target ?? { type: "person", id: told.person.person },
  requestId: told.by.requestId,
  body: told.body,
  personal: {
    subject: `github:${told.person.github ?? 0}`,
    data: { login: told.person.login, github: told.person.github },
  },
});
