// Rows parsed on their way in: what the brands refuse never gets past the database's edge.

import { z } from "zod";
import {
  branchName,
  commitSha,
  entryId,
  installationId,
  prNumber,
  repoName,
  repositoryId,
  reviewId,
  userId,
} from "#kernel";
import { branded } from "#platform/postgres";

export const shaColumn = branded(z.string(), commitSha);
export const branchColumn = branded(z.string(), branchName);
export const numberColumn = branded(z.int(), prNumber);
export const repositoryColumn = branded(z.int(), repositoryId);
export const installationColumn = branded(z.int(), installationId);
export const nameColumn = branded(z.string(), repoName);
export const userColumn = branded(z.int(), userId);
export const reviewColumn = branded(z.int(), reviewId);
export const entryColumn = branded(z.string(), entryId);
export const accountTypeColumn = z.enum(["User", "Bot", "Organization", "Mannequin"]);
