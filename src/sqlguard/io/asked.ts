// What a caller asks for, and what is known of a query so far.

import { z } from "zod";
import type { Dialect } from "../dialect.ts";
import type { ClientRules } from "../masks.ts";
import type { Dialect as MysqlDialect } from "../mysql/versions.ts";
import type { Major } from "../postgres/majors.ts";
import type { Parser as MysqlParser } from "./mysql/parser.ts";
import type { Parser } from "./postgres/parser.ts";
import type { Refusal } from "../refusal.ts";
import type { RoleFinding } from "../role.ts";
import type { RunResult, ServerError } from "../result.ts";
import type { StatementKind } from "../statement.ts";
import type { Schema } from "../schema.ts";
import { refusalOf } from "../verdict.ts";

/** Where the query runs: the login's own URL, used for this query and closed. */
export interface Connection {
  readonly url: string;
}

export type Unrecorded = RunResult extends infer R ? (R extends RunResult ? Omit<R, "record"> : never) : never;

/** Past all walls that stand before the query itself. */
export interface Cleared {
  readonly kind: "cleared";
  readonly statement: StatementKind;
}

export const allowed = async (_session: unknown, { statement }: Cleared): Promise<Cleared> => ({
  kind: "cleared",
  statement,
});

/** What the walls of every dialect take, beside the statement. */
export interface WallOptions {
  /** What the client's own file says: columns whose values are hidden, functions that may be called. */
  readonly rules?: ClientRules;
  /** Parsers that outlive the query; without it one is started and ended. */
  readonly parserFor?: (major: Major) => Parser;
  readonly mysqlParserFor?: (dialect: MysqlDialect) => MysqlParser;
  /** Somebody stops it: the connection is cut at once, and what the server still runs of it is ended there, too. */
  readonly signal?: AbortSignal;
}

/** Whoever stops a query gets no rows of it, also not those that had come. */
export const STOPPED: Unrecorded = {
  kind: "lost",
  why: "It was stopped before it was through. Nothing of it is shown.",
};

export interface Progress {
  dialect: Dialect;
  fingerprint: string | null;
  major: number | null;
  cost: number | null;
}

export const begun = (dialect: Dialect): Progress => ({ dialect, fingerprint: null, major: null, cost: null });

export const denied = (...refusals: readonly Refusal[]): Unrecorded => ({ kind: "denied", refusals });

/** What was thrown in the middle. `scrubbed`: the server's own words, without a value of a row. */
export function broken(error: unknown, scrubbed: (error: unknown) => ServerError): Unrecorded {
  if (error instanceof z.ZodError)
    return denied(refusalOf("session", "The server's catalog is not what it should be."));
  const { sqlState, says } = scrubbed(error);
  return sqlState.startsWith("08")
    ? { kind: "lost", why: says }
    : { kind: "failed", error: { sqlState, says, position: null } };
}

export type Discovered =
  | { readonly kind: "schema"; readonly schema: Schema }
  | { readonly kind: "denied"; readonly refusals: readonly Refusal[] }
  | { readonly kind: "lost"; readonly why: string };

export type Examination =
  | {
      readonly kind: "findings";
      readonly role: string;
      readonly dialect: Dialect;
      /** As people say it: 18, 10.11. */
      readonly version: string;
      readonly findings: readonly RoleFinding[];
    }
  | { readonly kind: "unusable"; readonly why: string };

/** A connection for one query, or why there is none. */
export type Opened<Session> =
  | { readonly kind: "open"; readonly session: Session }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "lost"; readonly why: string };
