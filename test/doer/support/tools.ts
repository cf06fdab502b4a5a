// What the tools of an execution are made of, and what a packet says of the scene's repository.

import { expect } from "vitest";
import type { Scene } from "#demo/world";
import { createTools } from "#doer/io";
import type { PacketRepository } from "#gateway";
import { repoName, repositoryId } from "#kernel";
import type { LeaseClient } from "#leases";
import { NO_RULES } from "#sqlguard";
import type { TestTenant } from "../../support/database.ts";
import type { Lab } from "./lab.ts";

type Parts = Parameters<typeof createTools>[0];

/** With nothing beside what `more` says: no tickets, no traces, nothing taken out of a text. */
export const toolsOf = (
  lab: Lab,
  { claim }: Pick<TestTenant, "claim">,
  leases: LeaseClient,
  more: Partial<Parts> = {},
): ReturnType<typeof createTools> =>
  createTools({
    tickets: null,
    gitHost: "https://github.example",
    scrub: async (texts) => texts,
    traces: null,
    inTenant: (_, work) => lab.database.withTenant(claim, work),
    select: { leases, rulesOf: async () => NO_RULES, appendFor: () => async () => null },
    ...more,
  });

/** acme/app. */
export function appOf(given: Scene, { installation }: Pick<TestTenant, "installation">) {
  const app = [...given.world.repositories.values()].find(({ name }) => name === "app") ?? expect.unreachable();
  const repository: PacketRepository = {
    id: repositoryId(app.id) ?? expect.unreachable(),
    name: repoName("acme/app") ?? expect.unreachable(),
    installation,
  };
  return { app, repository };
}
