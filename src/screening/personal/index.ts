import { MOST_FINDINGS } from "../limits.ts";
import { cards, ibans } from "./accounts.ts";
import { machines, mailboxes } from "./addresses.ts";
import { documents, phones } from "./people.ts";
import type { Personal, PersonalKind, Register } from "./types.ts";

/** What one of them says; a card's number says more than where a machine is. */
export const PERSONAL_WEIGHTS: Readonly<Record<PersonalKind, number>> = {
  iban: 60,
  card: 60,
  document: 60,
  phone: 35,
  email: 25,
  ip: 10,
};

/** Structured personal data only: names and sayings are not looked for, least of all in code. Earlier kinds win where two overlap. */
export function personalIn(text: string, register: Register): readonly Personal[] {
  const kept: Personal[] = [];
  const digits = /\d/.test(text);
  const all = [
    ...(digits ? ibans(text) : []),
    ...(digits ? cards(text, register) : []),
    ...mailboxes(text),
    ...(digits ? documents(text) : []),
    ...(digits ? phones(text) : []),
    ...(digits || text.includes(":") ? machines(text) : []),
  ];
  for (const one of all) {
    if (kept.length === MOST_FINDINGS) break;
    if (!kept.some((other) => one.start < other.end && other.start < one.end)) kept.push(one);
  }
  return kept;
}
