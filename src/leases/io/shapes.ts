// Leases as JSON, on a socket or in a file: parsed again on the other side.

import { z } from "zod";
import {
  installationId,
  instantOfMillis,
  repoName,
  repositoryId,
  tenantId,
  type RepoName,
  type RepositoryId,
} from "#kernel";
import { branded } from "#platform/postgres";
import type { Credential, LeaseRequest, LeaseScope, Minted } from "../types.ts";

const repository: z.ZodType<RepositoryId> = branded(z.int(), repositoryId);
const name: z.ZodType<RepoName> = branded(z.string(), repoName);
export const tenantShape = branded(z.string(), tenantId);

export const scopeShape: z.ZodType<LeaseScope> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("github"),
    installation: branded(z.int(), installationId),
    repositories: z.array(repository).readonly(),
    permissions: z.record(z.string(), z.enum(["read", "write"])),
  }),
  z.strictObject({ kind: z.literal("database"), name: z.string() }),
  z.strictObject({ kind: z.literal("vault"), mount: z.string(), role: z.string() }),
]);

/** Longer than any that is granted: what is too long by a little is an answer, too, and the log keeps it. */
const word = z
  .string()
  .max(512)
  .refine((text) => text.isWellFormed());

/** `seconds` is any whole number here: that it is too many is an answer, not a malformed question. */
export const requestShape: z.ZodType<LeaseRequest> = z.strictObject({
  tenant: tenantShape,
  run: word,
  purpose: word,
  scope: scopeShape,
  seconds: z.int(),
});

export const credentialShape: z.ZodType<Credential> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("token"), token: z.string() }),
  z.strictObject({ kind: z.literal("connection"), url: z.string() }),
  z.strictObject({ kind: z.literal("login"), username: z.string(), password: z.string() }),
]);

export const mintedShape: z.ZodType<Minted> = z
  .strictObject({
    credential: credentialShape,
    revocation: z.record(z.string(), z.string()),
    repositories: z.array(z.strictObject({ id: repository, name })).optional(),
    endsAt: z.number().nullable(),
  })
  .transform(({ repositories, endsAt, ...rest }) => ({
    ...rest,
    endsAt: endsAt === null ? null : instantOfMillis(endsAt),
    ...(repositories === undefined ? {} : { repositories }),
  }));
