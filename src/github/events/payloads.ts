// What is taken from GitHub's payloads: ids, SHAs, names as hints, and GitHub's own times. Everything else is left alone.

import { z } from "zod";
import type { Account } from "#gate";
import {
  type AppId,
  appId,
  branchName,
  commitSha,
  type Instant,
  instant,
  instantOfMillis,
  prNumber,
  repoName,
  repositoryId,
  reviewId,
  userId,
} from "#kernel";
import { branded } from "#platform/postgres";

export const sha = branded(z.string(), commitSha);
export const branch = branded(z.string(), branchName);
export const number = branded(z.number(), prNumber);
export const review = branded(z.number(), reviewId);
export const time = branded(z.string(), instant);

/** A kind of account we do not know is no human: it can exclude, never approve. */
const accountType = z.enum(["User", "Bot", "Organization", "Mannequin"]).catch("Bot");
export const account: z.ZodType<Account> = z.object({
  id: branded(z.number(), userId),
  login: z.string().min(1).max(100),
  type: accountType,
});
export const accountOrNone: z.ZodType<Account | null> = account.nullish().transform((value) => value ?? null);

export const repository = z.object({ id: branded(z.number(), repositoryId), full_name: branded(z.string(), repoName) });

export const app: z.ZodType<AppId | null> = z
  .object({ id: branded(z.number(), appId) })
  .nullish()
  .transform((value) => value?.id ?? null);

/** A push gives seconds since the epoch, other events a text. */
export const pushedAt: z.ZodType<Instant | null> = z
  .union([
    z
      .int()
      .positive()
      .transform((seconds) => instantOfMillis(seconds * 1_000)),
    time,
  ])
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);

const ZERO = /^0+$/;
/** GitHub writes a commit that does not exist (before creation, after deletion) as zeros. */
export const shaOrNone = z.union([
  z
    .string()
    .regex(ZERO)
    .transform(() => null),
  sha,
]);

const HEADS = "refs/heads/";
/** null: a tag or another ref. */
export const branchRef = z
  .string()
  .transform((ref) => (ref.startsWith(HEADS) ? branchName(ref.slice(HEADS.length)) : null));
