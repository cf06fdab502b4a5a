// The organisation's stricter rules lie in a private `.github` repository. The token of the pull request's own repository
// does not see it, and GitHub then answers as if there were none: the rules would not apply, and nobody would know.

import { describe, expect, it } from "vitest";
import { acts, findRepository } from "#demo/world";
import { stage, type Stage } from "../gate/io/support/stage.ts";

const TWO = { "merge-gate.yml": "version: 1\nmin_approvals: 2\n" };
const MINT = "POST /app/installations/{installation_id}/access_tokens";

async function evaluated(prepare: (s: Stage) => void): Promise<Stage> {
  const s = await stage();
  prepare(s);
  s.clock.advance(60_000);
  acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
  await s.sweep();
  return s;
}

const addPolicy = (s: Stage, files: Readonly<Record<string, string>> = TWO): void =>
  void acts.addRepository(s.world, { name: "acme/.github", private: true, by: "adm", files });

describe("G3: the organisation's file applies wherever the installation reaches it", () => {
  it("a private .github repository raises the number of approvals", async () => {
    const s = await evaluated(addPolicy);
    expect(await s.reasons()).toContain("insufficient_approvals");
    expect(s.check(s.h2)?.conclusion).not.toBe("success");
  });

  it("no .github repository at all: the repository's own rules, and no call more", async () => {
    const s = await evaluated(() => {});
    expect(await s.reasons()).toEqual(["approved"]);
    expect(s.calls().filter((c) => JSON.stringify(c.body ?? "").includes("GateOrganisation"))).toEqual([]);
  });

  it("a private .github without the file, or without a commit, is none", async () => {
    const s = await evaluated((on) => addPolicy(on, { "README.md": "hello\n" }));
    expect(await s.reasons()).toEqual(["approved"]);
  });

  it("a private .github that is not part of the installation is not reached: as if there were none", async () => {
    const s = await evaluated((on) => {
      addPolicy(on);
      const installation = on.world.installations.get(on.installation);
      const own = findRepository(on.world, on.repo);
      if (installation === undefined || own === undefined) throw new Error("the scene has no installation");
      Object.assign(installation, { repositoryIds: new Set([own.id]) });
    });
    expect(await s.reasons()).toEqual(["approved"]);
  });

  it("the token for it reads files of that one repository and nothing else", async () => {
    const s = await evaluated(addPolicy);
    expect(s.world.journal.of(MINT).map((e) => e.body)).toContainEqual({
      repositories: [".github"],
      permissions: { metadata: "read", contents: "read" },
    });
  });

  it.each([
    ["the token cannot be had", MINT, 1, 500, 1],
    ["the App is refused", MINT, 1, 403, 1],
    ["the file cannot be read", "POST /graphql", 2, 502, 3],
  ] as const)("%s: unknown, so an error and no pass", async (_, route, nth, status, times) => {
    const s = await evaluated((on) => {
      addPolicy(on);
      // The sweep's own requests come first: its token; its list and the facts. A fault is for the request after this one.
      let count = 0;
      const spoil = (): void => {
        count += 1;
        if (count === nth) on.world.faults.add(route, { kind: "status", status }, times);
      };
      on.world.faults.onRequest(route, spoil, 50);
    });
    const verdicts = await s.entries("gate.verdict");
    expect(verdicts[0]).toBe("unknown");
    expect(verdicts).not.toContain("success");
  });

  it("rules that came a moment ago stop a merge at once, whatever was read before", async () => {
    const s = await evaluated(() => {});
    expect(s.check(s.h2)?.conclusion).toBe("success");
    addPolicy(s);
    await s.merge();
    await s.jobs();
    expect(await s.entries("gate.merge")).toEqual(["intent", "refused"]);
    expect(findRepository(s.world, s.repo)?.pulls.get(s.number)?.merged).toBe(false);
  });
});
