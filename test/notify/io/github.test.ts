// With the real client, against the local GitHub over HTTP.

import { afterAll, describe, expect, it } from "vitest";
import { findRepository, scene, serveWorld } from "#demo/world";
import { appId, installationId, instantOfMillis, millis, repoName, repositoryId } from "#kernel";
import { githubCarrier } from "#notify/io";
import { createGitHub } from "#platform/github";
import { parcel, soon } from "../support/parcel.ts";

const there = <T>(value: T | null | undefined): T => value ?? expect.unreachable();
const set = scene();
const running = await serveWorld(set.world);
afterAll(() => running.close());
const github = createGitHub({
  appId: there(appId(set.appId)),
  privateKey: set.privateKey,
  baseUrl: running.url,
  retryBaseMs: millis(1),
});
const repo = there(findRepository(set.world, set.repo));
const carrier = githubCarrier(github);
const to = (number: number) => ({
  kind: "github" as const,
  repository: {
    id: there(repositoryId(repo.id)),
    name: there(repoName(set.repo)),
    installation: there(installationId(set.installation)),
  },
  number,
  board: null,
});
const comments = () => repo.comments.filter(({ number }) => number === set.number);

describe("a notice as a comment", () => {
  it("says what it says, and mentions and links nobody that it quotes", async () => {
    expect(await carrier(parcel(to(set.number)), soon())).toMatchObject({ kind: "taken", receipt: { found: false } });
    const { body } = there(comments().at(-1));
    expect(body).toContain("**Is it still broken?**");
    expect(body).not.toMatch(/@team|https:\/\/evil/);
    expect(body).toContain("[Open](https://countersign.example/tickets/7)");
    expect(body).toMatch(/<!-- countersign:notice:[0-9a-f]{32} -->$/);
  });

  it("that was written before a crash is found by its marker, and not written twice", async () => {
    const before = comments().length;
    const again = parcel(to(set.number), { triedAt: instantOfMillis(Date.now()) });
    expect(await carrier(again, soon())).toMatchObject({ kind: "taken", receipt: { found: true } });
    expect(comments()).toHaveLength(before);
  });

  it("of a board is one comment, written over in its place", async () => {
    const board = { ...to(set.number), board: "ticket/7/pull:7:12" };
    const saying = (text: string) => ({ message: { title: "ACME-7", text, buttons: [] } });
    const first = await carrier(parcel(board, { key: "t/ticket/7/pull:7:12/1", ...saying("It is new.") }), soon());
    const count = comments().length;
    const { id, body } = there(comments().at(-1));
    const second = await carrier(parcel(board, { key: "t/ticket/7/pull:7:12/2", ...saying("It is over.") }), soon());
    expect(comments()).toHaveLength(count);
    expect(there(comments().at(-1))).toMatchObject({ id, body: expect.stringContaining("It is over.") });
    expect(body).toContain("It is new.");
    expect([first, second]).toMatchObject([
      { receipt: { comment: id, found: false } },
      { receipt: { comment: id, found: true } },
    ]);
  });

  it("waits while the App's key or its rights are not accepted, as for a credential: a long weekend uses up no tries", async () => {
    for (const status of [401, 403]) {
      set.world.faults.add("*", { kind: "status", status, message: "Bad credentials" }, 10);
      expect(await carrier(parcel(to(set.number), { key: `t/${status}` }), soon())).toMatchObject({ kind: "unset" });
      set.world.faults.clear();
    }
    expect(await carrier(parcel(to(set.number), { key: "t/401" }), soon())).toMatchObject({ kind: "taken" });
  });

  it("on an issue that is gone is given up", async () => {
    expect(await carrier(parcel(to(99_999)), soon())).toMatchObject({ kind: "refused" });
  });
});
