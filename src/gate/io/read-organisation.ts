// The organisation's merge-gate.yml. The token of the pull request's repository sees a public `.github` repository and no
// private one, to which GitHub answers as if there were none: that one is read with a token of its own.
//
// INVARIANT (G3): "the installation does not reach it" is the only way to "there is none"; everything else that goes wrong
// is unknown, and then nothing passes.

import { Fault, known, repoName, unknown } from "#kernel";
import type { InstallationId, Instant } from "#kernel";
import type { GitHub } from "#platform/github";
import type { FileText } from "../facts.ts";
import * as answers from "./answers.ts";
import type { Repository } from "./ledger.ts";
import { limits } from "./limits.ts";
import { ORGANISATION_QUERY } from "./queries.ts";
import { split } from "./read-pull.ts";
import { organisationText } from "./translate.ts";

/** An installation is of one account and of one tenant, ever: what is kept here never serves another's. */
const kept = new WeakMap<GitHub, Map<InstallationId, { readonly text: FileText; readonly at: Instant }>>();

/** At most `limits.organisationAge` old by the database's clock; `fresh`: read now. One call, none when it is kept or not reached. */
export async function readOrganisation(
  github: GitHub,
  repository: Repository,
  now: Instant,
  fresh: boolean,
): Promise<FileText> {
  const mine = kept.get(github) ?? new Map<InstallationId, { readonly text: FileText; readonly at: Instant }>();
  kept.set(github, mine);
  const held = mine.get(repository.installation);
  if (!fresh && held !== undefined && Math.abs(now - held.at) < limits.organisationAge) return held.text;
  mine.delete(repository.installation);
  const text = await read(github, repository);
  if (text.known) mine.set(repository.installation, { text, at: now });
  return text;
}

async function read(github: GitHub, repository: Repository): Promise<FileText> {
  const { owner } = split(repository.name);
  const name = repoName(`${owner}/.github`);
  if (name === null) return unknown("the repository's owner has no valid name");
  try {
    const client = await github.named(repository.installation, name);
    if (client === null) return known(null);
    const { data, errors } = await client.graphql(ORGANISATION_QUERY, split(name));
    const parsed = answers.organisation.safeParse(data);
    if (
      errors.length > 0 ||
      !parsed.success ||
      parsed.data.repository.nameWithOwner.toLowerCase() !== name.toLowerCase()
    )
      return unknown("GitHub did not show the organisation's .github repository");
    return organisationText(parsed.data.repository);
  } catch (error) {
    if (error instanceof Fault)
      return unknown(`the organisation's .github repository could not be read (${error.code})`);
    throw error;
  }
}
