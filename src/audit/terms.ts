// What can be searched for in an entry whose body is sealed. Each term becomes an HMAC under a key of the tenant
// (io/blind.ts): the index knows that two entries have the same actor, and not who that is.

import type { EntryFilter } from "./filter.ts";
import type { NewEntry, Party } from "./types.ts";

const normal = (value: string): string => value.normalize("NFC").trim().toLowerCase();
const term = (field: string, value: string): string => `${field}\u0000${normal(value)}`;

/** Each once. `7` and `human:7` both find an actor; `77` finds everything in repository 77. */
export function termsOf(entry: Pick<NewEntry, "initiator" | "target" | "requestId">): readonly string[] {
  const { initiator, target, requestId } = entry;
  const [inside = ""] = target.id.split(/[#/@]/, 1);
  return [
    ...new Set([
      ...partyTerms("actor", initiator),
      ...partyTerms("target", target),
      term("target", inside),
      term("request", requestId),
    ]),
  ];
}

const partyTerms = (field: string, { type, id }: Party): readonly string[] => [
  term(field, id),
  term(field, `${type}:${id}`),
];

/** All of these must be among an entry's terms. */
export function termsWanted(filter: EntryFilter): readonly string[] {
  return [
    ...(filter.actor === null ? [] : [term("actor", filter.actor)]),
    ...(filter.target === null ? [] : [term("target", filter.target)]),
    ...(filter.request === null ? [] : [term("request", filter.request)]),
  ];
}
