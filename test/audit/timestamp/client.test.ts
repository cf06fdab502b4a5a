import { describe, expect, it } from "vitest";
import { createTimestamping } from "#audit/io";
import { instantOfMillis } from "#kernel";
import { keepTimestamp, newestCheckpoint, timestampsOf } from "../../../src/audit/io/publish/records.ts";
import { RENEW_BEFORE_MS, stampedText } from "../../../src/audit/io/timestamp/client.ts";
import { testDatabase } from "../../support/database.ts";
import { sequencing } from "../../support/sequencing.ts";
import { timestampAuthority, type TimestampAuthority } from "../../support/timestamp-authority.ts";

const t = await testDatabase();
const log = sequencing(t);
const database = t.role("sequencer");
const DAY_MS = 24 * 60 * 60_000;

const served =
  (authority: TimestampAuthority): typeof fetch =>
  async (_, init) => {
    const request = await new Response(init?.body ?? null).bytes();
    return new Response(Uint8Array.from(authority.reply(request)));
  };
const stamping = (fetch: typeof globalThis.fetch, trusted: readonly Uint8Array[], clock = Date.now) =>
  createTimestamping({ database, url: "http://tsa.example/", trusted, fetch, timeoutMs: 5_000, clock });

const short = timestampAuthority(20);
const long = timestampAuthority(900);

describe("a timestamp for each epoch's checkpoint", () => {
  it("is kept, and openssl accepts it for the checkpoint's text and for no other", async () => {
    const epoch = await log.epoch();
    const client = stamping(served(long), [long.root]);
    expect(await client.stampNewest()).toBe(epoch);
    expect(await client.stampNewest()).toBeNull();
    const [kept] = await database.transaction((tx) => timestampsOf(tx, epoch));
    const newest = await database.transaction(newestCheckpoint);
    if (kept === undefined || newest === null) throw new Error("nothing kept");
    const text = stampedText(newest.note);
    expect(kept).toMatchObject({ generation: 0, authority: "Test timestamp authority" });
    expect(long.verifies(kept.token, text)).toBe(true);
    expect(
      long.verifies(
        kept.token,
        Buffer.from(
          Buffer.from(text)
            .toString()
            .replace(/\n\d+\n/, "\n9\n"),
        ),
      ),
    ).toBe(false);
  });

  it.each<[string, typeof fetch]>([
    ["does not answer", async () => Promise.reject(new TypeError("fetch failed"))],
    ["answers 500", async () => new Response(null, { status: 500 })],
    ["answers with something else", async () => new Response("hello")],
    ["is not the one that is trusted", served(short)],
  ])("an authority that %s: nothing is kept, and it is tried again", async (_, fetch) => {
    const epoch = await log.epoch();
    await expect(stamping(fetch, [long.root]).stampNewest()).rejects.toMatchObject({ code: "anchor_unavailable" });
    expect(await database.transaction((tx) => timestampsOf(tx, epoch))).toEqual([]);
    expect(await stamping(served(long), [long.root]).stampNewest()).toBe(epoch);
  });
});

describe("case 70: the authority's certificate ends", () => {
  it("a token is renewed over the old one before that, and openssl accepts both, each for what it is over", async () => {
    const epoch = await log.epoch();
    await stamping(served(short), [short.root]).stampNewest();
    const renewing = stamping(served(long), [long.root]);
    expect(await renewing.renew()).toBe(1);
    expect(await renewing.renew()).toBe(0);
    const [old, renewed, ...more] = await database.transaction((tx) => timestampsOf(tx, epoch));
    if (old === undefined || renewed === undefined) throw new Error("not renewed");
    expect([old.generation, renewed.generation, more]).toEqual([0, 1, []]);
    expect(renewed.expiresAt).toBeGreaterThan(old.expiresAt);
    expect(long.verifies(renewed.token, old.token)).toBe(true);
    expect(long.verifies(renewed.token, Buffer.from("else"))).toBe(false);
  });

  it("an authority that still uses the certificate that ends renews nothing", async () => {
    const epoch = await log.epoch();
    await stamping(served(short), [short.root]).stampNewest();
    expect(await stamping(served(short), [short.root]).renew()).toBe(0);
    expect(await database.transaction((tx) => timestampsOf(tx, epoch))).toHaveLength(1);
    expect(await stamping(served(long), [long.root]).renew()).toBe(1);
  });

  it("after the end nothing is renewed: nobody can vouch for the old token any more", async () => {
    const epoch = await log.epoch();
    const now = Date.now();
    const token = Buffer.from("a token of long ago");
    const ended = { token, stampedAt: instantOfMillis(now - 90 * DAY_MS), expiresAt: instantOfMillis(now - DAY_MS) };
    await database.transaction((tx) => keepTimestamp(tx, { ...ended, epoch, generation: 0, authority: "gone" }));
    expect(await stamping(served(long), [long.root]).renew()).toBe(0);
    expect(RENEW_BEFORE_MS).toBeGreaterThan(30 * DAY_MS);
  });
});
