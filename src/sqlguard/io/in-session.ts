// What MySQL, MariaDB and PostgreSQL have alike: a session for one query, a parser that is made where none was given, and what becomes of it.

import type { Outcome, ServerError } from "../result.ts";
import { refusalOf } from "../verdict.ts";
import { broken, denied, type Opened, type Unrecorded } from "./asked.ts";

/** `scrubbed`: the server's own words for what was thrown, without a value of a row. The session ends with the work, however that does. */
export async function inSession<Session extends { end(): Promise<void> }, T>(
  opened: Opened<Session>,
  scrubbed: (error: unknown) => ServerError,
  work: (session: Session) => Promise<T | Unrecorded>,
): Promise<T | Unrecorded> {
  if (opened.kind === "lost") return { kind: "lost", why: opened.why };
  if (opened.kind === "refused") return denied(refusalOf("session", opened.why));
  try {
    return await work(opened.session);
  } catch (error) {
    return broken(error, scrubbed);
  } finally {
    await opened.session.end();
  }
}

/** A parser that outlives the query is not ended with it. */
export async function withParser<Parser extends { close(): Promise<void> }, T>(
  given: Parser | undefined,
  make: () => Parser,
  work: (parser: Parser) => Promise<T>,
): Promise<T> {
  const parser = given ?? make();
  try {
    return await work(parser);
  } finally {
    if (given === undefined) await parser.close();
  }
}

export const answered = (outcome: Outcome): Unrecorded =>
  outcome.kind === "refused" ? { kind: "failed", error: outcome.error } : { kind: "rows", result: outcome.received };
