import type { EntryKind, NewEntry, Outcome, Party } from "#audit";
import type { Asker } from "./keys.ts";

/** What this room says of operators and of what they do together. */
export const entryOf = (told: {
  readonly kind: Extract<EntryKind, `operator.${string}` | `act.${string}`>;
  readonly target: Party;
  readonly by: Asker;
  readonly body: NewEntry["body"];
  readonly outcome?: Outcome;
}): NewEntry => ({
  kind: told.kind,
  outcome: told.outcome ?? "success",
  observer: { type: "app", id: "countersign" },
  initiator: told.by.initiator,
  target: told.target,
  requestId: told.by.requestId,
  body: told.body,
});
