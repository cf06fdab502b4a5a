import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { tenantId } from "#kernel";
import { createFileKms } from "#keys/io";

const root = mkdtempSync(join(tmpdir(), "countersign-kms-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
const place = (): string => join(root, `keys-${(made += 1)}`);
async function opened(directory = place()) {
  const kms = createFileKms(directory);
  const fingerprint = await kms.open(null);
  return { kms, directory, fingerprint };
}
const acme = tenantId("01ff0000-0000-7000-8000-00000000000a") ?? expect.unreachable();
const globex = tenantId("01ff0000-0000-7000-8000-00000000000b") ?? expect.unreachable();
const context = Buffer.from("here");
const secret = Buffer.from("a data key of thirty-two bytes..");

describe("T3 the file root key", () => {
  it("is made on first use, for this user alone, and is the same ever after", async () => {
    const { directory, fingerprint } = await opened();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, "root.key")).mode & 0o777).toBe(0o600);
    expect(await createFileKms(directory).open(fingerprint)).toBe(fingerprint);
    expect(fingerprint).not.toContain(readFileSync(join(directory, "root.key"), "utf8").trim().slice(0, 16));
  });

  it("of many processes that start at the same instant one makes it, and all have that one", async () => {
    const directory = place();
    const all = await Promise.all(Array.from({ length: 20 }, () => createFileKms(directory).open(null)));
    expect(new Set(all).size).toBe(1);
    expect(readdirSync(directory)).toEqual(["root.key"]);
  });

  it("fail closed: beside a database that has keys none is made", async () => {
    const { fingerprint } = await opened();
    const elsewhere = place();
    await expect(createFileKms(elsewhere).open(fingerprint)).rejects.toThrow(/has no root\.key/);
    expect(existsSync(elsewhere), "nor an empty directory, as if there had never been any").toBe(false);
  });

  it("fail closed: another one than the database remembers is refused", async () => {
    const [one, other] = [await opened(), await opened()];
    await expect(createFileKms(one.directory).open(other.fingerprint)).rejects.toThrow(/is not the one/);
  });

  it.each<[string, (path: string) => void, RegExp]>([
    ["others may read it", (path) => chmodSync(path, 0o644), /chmod 600/],
    ["it is cut off", (path) => writeFileSync(path, "0011\n"), /is damaged/],
  ])("fail closed: %s", async (_, harm, why) => {
    const { directory, fingerprint } = await opened();
    harm(join(directory, "root.key"));
    await expect(createFileKms(directory).open(fingerprint)).rejects.toThrow(why);
  });

  it("nothing works before it is opened", async () => {
    await expect(createFileKms(place()).create(acme)).rejects.toMatchObject({ code: "invariant_broken" });
  });
});

describe("T3 a tenant's key", () => {
  it("wraps for one tenant and context, and opens nothing else", async () => {
    const { kms } = await opened();
    for (const tenant of [acme, globex]) await kms.create(tenant);
    const wrapped = await kms.wrap(acme, secret, context);
    expect(await kms.unwrap(acme, wrapped, context)).toEqual({ kind: "key", bytes: secret });
    expect(await kms.unwrap(acme, wrapped, Buffer.from("there"))).toEqual({ kind: "damaged" });
    expect(await kms.unwrap(globex, wrapped, context)).toEqual({ kind: "damaged" });
    for (const at of wrapped.keys()) {
      const altered = Buffer.from(wrapped);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(await kms.unwrap(acme, altered, context), `byte ${at}`).toEqual({ kind: "damaged" });
    }
    for (const length of [0, 1, 16, 17, 20, 44]) {
      expect(await kms.unwrap(acme, wrapped.subarray(0, length), context)).toEqual({ kind: "damaged" });
    }
  });

  it("is made once: of many at the same instant, all wrap under the same one", async () => {
    const { kms, directory } = await opened();
    await Promise.all(Array.from({ length: 20 }, () => kms.create(acme)));
    const wrapped = await kms.wrap(acme, secret, context);
    await kms.create(acme);
    expect(await kms.unwrap(acme, wrapped, context)).toMatchObject({ kind: "key" });
    expect(readdirSync(directory).toSorted()).toEqual([`${acme}.kek`, "root.key"]);
    expect(readFileSync(join(directory, `${acme}.kek`)).includes(secret)).toBe(false);
  });

  it("under another tenant's name does not open: who may write files cannot trade keys", async () => {
    const { kms, directory } = await opened();
    await kms.create(acme);
    renameSync(join(directory, `${acme}.kek`), join(directory, `${globex}.kek`));
    await expect(kms.wrap(globex, secret, context)).rejects.toMatchObject({ code: "keys_unavailable" });
  });

  it("fail closed: disabled, absent or damaged, nothing is wrapped nor unwrapped", async () => {
    const { kms, directory } = await opened();
    await kms.create(acme);
    const wrapped = await kms.wrap(acme, secret, context);
    await kms.disable(acme);
    expect(await kms.state(acme)).toBe("disabled");
    const unavailable = { code: "keys_unavailable" };
    await expect(kms.unwrap(acme, wrapped, context)).rejects.toMatchObject(unavailable);
    await expect(kms.wrap(acme, secret, context)).rejects.toMatchObject(unavailable);
    await kms.enable(acme);
    expect(await kms.unwrap(acme, wrapped, context)).toMatchObject({ kind: "key" });
    writeFileSync(join(directory, `${acme}.kek`), "{");
    await expect(kms.unwrap(acme, wrapped, context)).rejects.toMatchObject(unavailable);
    rmSync(join(directory, `${acme}.kek`));
    await expect(kms.unwrap(acme, wrapped, context)).rejects.toMatchObject(unavailable);
  });

  it("destroyed is final: its file is gone, nothing opens, and no new one takes its name", async () => {
    const { kms, directory } = await opened();
    await kms.create(acme);
    const wrapped = await kms.wrap(acme, secret, context);
    await kms.destroy(acme);
    await kms.destroy(acme);
    expect(await kms.state(acme)).toBe("destroyed");
    expect(readdirSync(directory)).not.toContain(`${acme}.kek`);
    expect(await kms.unwrap(acme, wrapped, context)).toEqual({ kind: "destroyed" });
    await expect(kms.wrap(acme, secret, context)).rejects.toMatchObject({ code: "keys_unavailable" });
    await expect(kms.create(acme)).rejects.toThrow(/final/);
    await expect(kms.enable(acme)).rejects.toThrow(/no key/);
  });

  it("a crash between the tombstone and the end of the file: nothing opens already, and destroying it again ends it", async () => {
    const { kms, directory } = await opened();
    await kms.create(acme);
    const wrapped = await kms.wrap(acme, secret, context);
    writeFileSync(join(directory, `${acme}.destroyed`), "destroyed\n");
    expect(await kms.unwrap(acme, wrapped, context)).toEqual({ kind: "destroyed" });
    await kms.destroy(acme);
    expect(readdirSync(directory)).not.toContain(`${acme}.kek`);
  });

  it("a crash in the middle of shutting or making it left a draft: destroying it ends that copy, too", async () => {
    const { kms, directory } = await opened();
    await kms.create(acme);
    await kms.create(globex);
    const kek = readFileSync(join(directory, `${acme}.kek`), "utf8");
    writeFileSync(join(directory, `${acme}.kek.0123456789ab.draft`), kek);
    writeFileSync(join(directory, `${acme}.kek.ba9876543210.draft`), kek.slice(0, 90));
    await kms.destroy(acme);
    expect(readdirSync(directory).toSorted()).toEqual([`${acme}.destroyed`, `${globex}.kek`, "root.key"].toSorted());
    expect(await kms.state(globex)).toBe("active");
  });

  it("destroyed and shut at the same instant, whoever is first: its file is gone", async () => {
    for (let i = 0; i < 20; i++) {
      const { kms, directory } = await opened();
      const other = createFileKms(directory);
      await other.open(null);
      await kms.create(acme);
      await Promise.allSettled([other.disable(acme), kms.destroy(acme)]);
      expect(readdirSync(directory).toSorted()).toEqual([`${acme}.destroyed`, "root.key"].toSorted());
    }
  });
});
