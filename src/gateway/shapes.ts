// What arguments of several tools have in common. Bounded: what is larger is refused, never cut.

import { z } from "zod";
import { commitSha, prNumber, repoName } from "#kernel";
import type { SandboxBudget } from "#sandbox";
import type { AskingFor, Volume } from "./declaration.ts";

/** Text that means one thing: no lone surrogates (they have no canonical form), no NUL (programs end their strings there). */
export const text = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((s) => s.isWellFormed() && !s.includes("\u0000"), "is not plain text");

/**
 * What goes to people as it is. INVARIANT: they read what is there: no control but line ends and tabs, nothing that turns the order of letters,
 * and no letters spelt in tags. Joiners stay: scripts and emoji need them.
 */
export const prose = (most: number) =>
  text(most).refine(
    (s) => !/[^\P{Cc}\n\r\t]|[\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u.test(s),
    "holds letters that nobody sees, or that turn the order of others",
  );

// The longest forms: both are checked again where they become brands.
export const repositoryArgument = z
  .string()
  .max(141)
  .transform((name, ctx) => repoName(name) ?? fail(ctx, "is not owner/name"))
  .describe("The repository, as owner/name.");
export const pullArgument = z
  .int()
  .min(1)
  .max(2_147_483_647)
  .transform((number, ctx) => prNumber(number) ?? fail(ctx, "is no number of a pull request"))
  .describe("The number of the pull request.");
export const shaArgument = z
  .string()
  .max(64)
  .transform((sha, ctx) => commitSha(sha) ?? fail(ctx, "is no full commit SHA"));

const fail = (ctx: z.RefinementCtx, says: string): never => {
  ctx.addIssue(says);
  return z.NEVER;
};

/** A branch, tag or commit as git names it. INVARIANT: none begins with a hyphen, so none is an option of git's. */
const REF = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/;
export const isRef = (name: string): boolean => REF.test(name) && !/\.\.|\/\/|\/\.|\.$|\/$|\.lock(?:\/|$)/.test(name);
export const refArgument = z.string().regex(REF).refine(isRef, "is no name of a branch, a tag or a commit");
export const refOrDefault = refArgument
  .nullable()
  .default(null)
  .describe("A branch, a tag or a commit. Left out: the default branch.");

/** Relative to the repository's root. Whether it leads out of it is the rules' question, not the schema's: their answer says why. */
export const pathArgument = text(1_024);

export const READS: Volume = { updates: 0, cents: 0 };
export const ONE: Volume = { updates: 1, cents: 0 };

const MB = 1024 * 1024;
/** For what only reads a little. */
export const SMALL: SandboxBudget = {
  wallMs: 30_000,
  cpuSeconds: 15,
  memoryBytes: 512 * MB,
  processes: 32,
  workBytes: 256 * MB,
  outputBytes: 1 * MB,
};
/** Within a lease's 60 seconds. */
export const MIDDLE: SandboxBudget = { ...SMALL, wallMs: 50_000, cpuSeconds: 40, workBytes: 512 * MB };
export const LARGE: SandboxBudget = {
  wallMs: 600_000,
  cpuSeconds: 600,
  memoryBytes: 2_048 * MB,
  processes: 256,
  workBytes: 1_024 * MB,
  outputBytes: 4 * MB,
};

export const ASK: AskingFor = { quorum: 1, risk: "normal", minutes: 60 };
/** For what cannot be undone. */
export const ASK_SURELY: AskingFor = { quorum: 1, risk: "high", minutes: 60 };

export const ticketArgument = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/)
  .describe("The ticket's name, as ACME-7, or its id.");
