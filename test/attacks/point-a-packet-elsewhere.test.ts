// Who has stolen a signing key waits until the gateway writes an intent, and signs a packet of their own after it: the same call with the same
// arguments, by another tool, in another repository, without the people's yes. The doer executes what the log says, or nothing (X13).

import { expect, it } from "vitest";
import type { Packet } from "#gateway";
import { agentId, approvalId, commitSha, installationId, repoName, repositoryId } from "#kernel";
import { doerLab } from "../doer/support/lab.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const lab = doerLab(t);
const acme = await t.tenant("acme", 1);
const known = <T>(value: T | null): T => value ?? expect.unreachable();
const SHOP = { id: known(repositoryId(7)), name: known(repoName("acme/shop")), installation: known(installationId(1)) };
const approval = known(approvalId("01ff0000-0000-7000-8000-0000000000ff"));
const stands = async ({ argsHash }: Packet) => ({ kind: "stands", digest: argsHash }) as const;
const doer = lab.doer({ approval: (_, packet) => stands(packet) });

it.each<[string, Partial<Packet>]>([
  ["another tool that takes the same arguments", { tool: "repo.propose" }],
  ["another repository", { repository: { ...SHOP, id: known(repositoryId(8)) } }],
  [
    "another name of it, which the address is made of",
    { repository: { ...SHOP, name: known(repoName("acme/vault")) } },
  ],
  ["another installation", { repository: { ...SHOP, installation: known(installationId(2)) } }],
  ["no repository", { repository: null }],
  ["another commit", { headSha: known(commitSha("b".repeat(40))) }],
  ["another agent", { agent: known(agentId("01ff0000-0000-7000-8000-0000000000bb")) }],
  ["another person on whose behalf", { requester: "the-boss" }],
  ["other rules", { policySet: "set-2" }],
  ["GREEN, and nobody's yes", { verdict: "GREEN", approval: null }],
  ["another yes", { approval: known(approvalId("01ff0000-0000-7000-8000-0000000000ee")) }],
])("X13 %s: it is not what the gateway was about to do", async (_, change) => {
  const genuine = await lab.sign(acme, { verdict: "YELLOW", approval, repository: SHOP, headSha: known(commitSha("a".repeat(40))) }); // prettier-ignore
  const stolen = await lab.forge(acme, { ...lab.packetOf(genuine), ...change });
  expect(await lab.hand(doer, acme, stolen)).toBe("not believed");
  expect((await lab.log(acme)).at(-1)).toBe("doer.signature_rejected refused intent");
  expect(lab.ran).not.toContain(lab.packetOf(genuine).call);
  // The genuine one still runs: the attempt has used nothing up.
  expect(await lab.hand(doer, acme, genuine)).toBe("executed");
});
