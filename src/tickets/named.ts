import { prNumber, repoName, ticketId, type PrNumber, type RepoName, type TicketId } from "#kernel";

const NUMBER = /^[1-9]\d{0,8}$/;

/** What somebody calls a ticket: `7`, `ACME-7` in any case, or its id. null: it names none of this client's. */
export function ticketNamed(text: string, prefix: string): TicketId | number | null {
  const id = ticketId(text.toLowerCase());
  if (id !== null) return id;
  const own = `${prefix.toLowerCase()}-`;
  const digits = text.toLowerCase().startsWith(own) ? text.slice(own.length) : text;
  return NUMBER.test(digits) ? Number(digits) : null;
}

const TOKEN = /^([a-z][a-z0-9]*)-[1-9]\d{0,8}$/;

/** Whose ticket `ACME-7` is, as a prefix in lower case. null: a number alone, or an id, says nothing of its client. */
export const clientOf = (text: string): string | null => TOKEN.exec(text.toLowerCase())?.[1] ?? null;

const PULL = /^([^#]{3,200})#(\d{1,9})$/;

/** `acme/app#12`. null: it is no such name. */
export function pullNamed(text: string): { readonly repository: RepoName; readonly number: PrNumber } | null {
  const [, name = "", digits = ""] = PULL.exec(text.trim()) ?? [];
  const repository = repoName(name);
  const number = prNumber(Number(digits));
  return repository === null || number === null ? null : { repository, number };
}
