// What every key store promises, whichever it is (src/keys/types.ts). One table, run against each of them.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { tenantId } from "#kernel";
import type { Kms } from "#keys";
import { createAwsKms, createFileKms, createPkcs11Kms, createVaultKms } from "#keys/io";
import { startAwsKms } from "../support/aws-kms.ts";
import { removeSoftHsm, softHsm } from "../support/softhsm.ts";
import { startVault } from "../support/vault.ts";

Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "not-a-secret" });
const root = mkdtempSync(join(tmpdir(), "countersign-contract-"));
const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
  rmSync(root, { recursive: true, force: true });
  removeSoftHsm();
});
const acme = tenantId("01ff0000-0000-7000-8000-00000000000a") ?? expect.unreachable();
const globex = tenantId("01ff0000-0000-7000-8000-00000000000b") ?? expect.unreachable();
const context = Buffer.from("here");
const secret = Buffer.from("a data key of thirty-two bytes..");
const unavailable = { code: "keys_unavailable" };

/** A new place for keys, and as many processes on it as are asked for, none of them opened yet. */
type Place = () => Promise<() => Kms>;
let made = 0;
const file: Place = async () => {
  const directory = join(root, `keys-${(made += 1)}`);
  return () => createFileKms(directory);
};
const vault: Place = async () => {
  const server = await startVault();
  closing.push(server.close);
  const path = join(root, `token-${(made += 1)}`);
  writeFileSync(path, "the-token\n", { mode: 0o600 });
  const login = { kind: "token_file", path } as const;
  return () => createVaultKms({ address: server.address, namespace: null, transitMount: server.mount, login });
};

const hsm: Place = async () => {
  const token = softHsm();
  return () => createPkcs11Kms(token);
};

const aws: Place = async () => {
  const server = await startAwsKms();
  closing.push(server.close);
  return () => createAwsKms({ region: "eu-central-1", endpoint: server.endpoint });
};

interface World {
  readonly kms: Kms;
  /** Another process on the same keys. */
  readonly other: Kms;
  /** Wrapped for acme under `context`. */
  readonly wrapped: Uint8Array;
}
async function worldOf(place: Place): Promise<World> {
  const process = await place();
  const [kms, other] = [process(), process()];
  await other.open(await kms.open(null));
  await kms.create(acme);
  await kms.create(globex);
  return { kms, other, wrapped: await kms.wrap(acme, secret, context) };
}

const CASES: readonly (readonly [string, (world: World) => Promise<void>])[] = [
  [
    "what it wrapped, every process unwraps, byte for byte",
    async ({ kms, other, wrapped }) => {
      for (const each of [kms, other])
        expect(await each.unwrap(acme, wrapped, context)).toEqual({ kind: "key", bytes: secret });
    },
  ],
  [
    "lists every tenant that has a key, also a disabled one, and none whose key was destroyed",
    async ({ kms, other }) => {
      const listed = async () => [...(await other.list())].toSorted();
      expect(await listed()).toEqual([acme, globex]);
      await kms.disable(globex);
      expect(await listed()).toEqual([acme, globex]);
      await kms.destroy(acme);
      expect(await listed()).toEqual([globex]);
    },
  ],
  [
    "wrapped twice, it is never the same bytes, and the key is nowhere in them",
    async ({ kms, wrapped }) => {
      expect(Buffer.from(await kms.wrap(acme, secret, context)).equals(Buffer.from(wrapped))).toBe(false);
      expect(Buffer.from(wrapped).includes(secret)).toBe(false);
    },
  ],
  [
    "T3 another tenant's key, and another context, do not open it",
    async ({ kms, wrapped }) => {
      expect(await kms.unwrap(globex, wrapped, context)).toEqual({ kind: "damaged" });
      expect(await kms.unwrap(acme, wrapped, Buffer.from("there"))).toEqual({ kind: "damaged" });
      expect(await kms.unwrap(acme, wrapped, Buffer.alloc(0))).toEqual({ kind: "damaged" });
    },
  ],
  [
    "with any byte changed or cut off, it is damaged, never another key",
    async ({ kms, wrapped }) => {
      for (const at of wrapped.keys()) {
        const altered = Buffer.from(wrapped);
        altered[at] = (altered[at] ?? 0) ^ 1;
        expect(await kms.unwrap(acme, altered, context), `byte ${at}`).toEqual({ kind: "damaged" });
      }
      for (const length of [0, 1, 5, 16, 17, 20, 33, 44, wrapped.length - 1])
        expect(await kms.unwrap(acme, wrapped.subarray(0, length), context), `${length}`).toEqual({ kind: "damaged" });
    },
  ],
  [
    "a key is made once, however many make it at the same instant",
    async ({ kms, other, wrapped }) => {
      await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? kms : other).create(acme)));
      expect(await other.unwrap(acme, wrapped, context)).toMatchObject({ kind: "key" });
    },
  ],
  [
    "fail closed: a tenant without a key gets nothing wrapped, and no key by the way",
    async ({ kms, wrapped }) => {
      const hooli = tenantId("01ff0000-0000-7000-8000-00000000000c") ?? expect.unreachable();
      expect(await kms.state(hooli)).toBe("none");
      await expect(kms.wrap(hooli, secret, context)).rejects.toMatchObject(unavailable);
      await expect(kms.unwrap(hooli, wrapped, context)).rejects.toMatchObject(unavailable);
      await expect(kms.disable(hooli)).rejects.toThrow(/no key/);
      expect(await kms.state(hooli)).toBe("none");
    },
  ],
  [
    "fail closed: disabled by one process, the next moment no other opens anything; enabled, everything is there again",
    async ({ kms, other, wrapped }) => {
      await kms.disable(acme);
      await kms.disable(acme);
      expect(await other.state(acme)).toBe("disabled");
      await expect(other.unwrap(acme, wrapped, context)).rejects.toMatchObject(unavailable);
      await expect(other.wrap(acme, secret, context)).rejects.toMatchObject(unavailable);
      expect(await other.unwrap(globex, await other.wrap(globex, secret, context), context)).toMatchObject({
        kind: "key",
      });
      await other.enable(acme);
      await other.enable(acme);
      expect(await kms.state(acme)).toBe("active");
      expect(await kms.unwrap(acme, wrapped, context)).toMatchObject({ kind: "key" });
    },
  ],
  [
    "destroyed is final: in every process, again, disabled or not, and no new key takes its name",
    async ({ kms, other, wrapped }) => {
      await kms.disable(acme);
      await kms.destroy(acme);
      await other.destroy(acme);
      for (const each of [kms, other]) {
        expect(await each.state(acme)).toBe("destroyed");
        expect(await each.unwrap(acme, wrapped, context)).toEqual({ kind: "destroyed" });
        await expect(each.wrap(acme, secret, context)).rejects.toMatchObject(unavailable);
        await expect(each.create(acme)).rejects.toThrow(/final/);
        await expect(each.enable(acme)).rejects.toThrow(/no key/);
      }
    },
  ],
  [
    "T3 destroying one tenant's key leaves every other tenant's as it was",
    async ({ kms }) => {
      const theirs = await kms.wrap(globex, secret, context);
      await kms.destroy(acme);
      expect(await kms.state(globex)).toBe("active");
      expect(await kms.unwrap(globex, theirs, context)).toEqual({ kind: "key", bytes: secret });
    },
  ],
  [
    "a tenant that never had a key can be destroyed: none is ever made for it",
    async ({ kms }) => {
      const hooli = tenantId("01ff0000-0000-7000-8000-00000000000d") ?? expect.unreachable();
      await kms.destroy(hooli);
      expect(await kms.state(hooli)).toBe("destroyed");
      await expect(kms.create(hooli)).rejects.toThrow(/final/);
    },
  ],
  [
    "K2 rotated, both versions open in every process, and what is wrapped now is under the new one",
    async ({ kms, other, wrapped }) => {
      await kms.rotate(acme, 2);
      expect(await other.unwrap(acme, wrapped, context)).toEqual({ kind: "key", bytes: secret });
      const newer = await other.wrap(acme, secret, context);
      expect(await kms.unwrap(acme, newer, context)).toEqual({ kind: "key", bytes: secret });
      expect(await kms.rewrap(acme, newer, context)).toEqual({ kind: "current" });
      for (const at of newer.keys()) {
        const altered = Buffer.from(newer);
        altered[at] = (altered[at] ?? 0) ^ 1;
        expect(await kms.unwrap(acme, altered, context), `byte ${at}`).toEqual({ kind: "damaged" });
      }
    },
  ],
  [
    "K2 rotated twice to the same number, it is rotated once, and nothing is wrapped twice",
    async ({ kms, other, wrapped }) => {
      await kms.rotate(acme, 2);
      const once = await kms.rewrap(acme, wrapped, context);
      await other.rotate(acme, 2);
      const bytes = once.kind === "rewrapped" ? once.bytes : expect.unreachable();
      expect(await other.rewrap(acme, bytes, context)).toEqual({ kind: "current" });
      expect(await other.unwrap(acme, bytes, context)).toEqual({ kind: "key", bytes: secret });
    },
  ],
  [
    "rewrapping opens nothing that unwrapping does not",
    async ({ kms, wrapped }) => {
      await kms.rotate(acme, 2);
      expect(await kms.rewrap(acme, wrapped, Buffer.from("there"))).toEqual({ kind: "damaged" });
      expect(await kms.rewrap(globex, wrapped, context)).toEqual({ kind: "damaged" });
      await kms.disable(acme);
      for (const work of [
        () => kms.rewrap(acme, wrapped, context),
        () => kms.rotate(acme, 3),
        () => kms.endVersions(acme, 1),
      ])
        await expect(work()).rejects.toMatchObject(unavailable);
      await kms.enable(acme);
      await kms.destroy(acme);
      expect(await kms.rewrap(acme, wrapped, context)).toEqual({ kind: "destroyed" });
      await expect(kms.rotate(acme, 3)).rejects.toMatchObject(unavailable);
    },
  ],
  [
    "an ended version is destroyed for good, again, and the newest never ends",
    async ({ kms, other, wrapped }) => {
      await kms.rotate(acme, 3);
      const newest = await kms.wrap(acme, secret, context);
      for (const upTo of [1, 1, 2, 9]) await kms.endVersions(acme, upTo);
      expect(await other.unwrap(acme, wrapped, context)).toEqual({ kind: "destroyed" });
      expect(await other.unwrap(acme, newest, context)).toEqual({ kind: "key", bytes: secret });
      expect(await other.state(acme)).toBe("active");
      await other.create(acme);
      await other.rotate(acme, 3);
      expect(await other.rewrap(acme, newest, context)).toEqual({ kind: "current" });
    },
  ],
  [
    "destroyed after rotations, no version is left",
    async ({ kms, other, wrapped }) => {
      await kms.rotate(acme, 3);
      await kms.endVersions(acme, 1);
      const newest = await kms.wrap(acme, secret, context);
      await kms.destroy(acme);
      for (const each of [wrapped, newest])
        expect(await other.unwrap(acme, each, context)).toEqual({ kind: "destroyed" });
    },
  ],
];

const STORES: readonly (readonly [string, Place])[] = [
  ["the file root key", file],
  ["Vault's transit engine", vault],
  ["AWS KMS", aws],
  ["an HSM through PKCS#11 (SoftHSM 2)", hsm],
];

describe.each(STORES)("T3 the contract of a key store: %s", (_, place) => {
  it.each(CASES)("%s", async (_sentence, holds) => holds(await worldOf(place)));

  it("its root is the same in every process, is made once, and its name gives none of it away", async () => {
    const process = await place();
    const all = await Promise.all(Array.from({ length: 10 }, () => process().open(null)));
    expect(new Set(all).size).toBe(1);
    expect(await process().open(all[0] ?? "")).toBe(all[0]);
    expect(all[0]).toMatch(/^[a-z]+:[0-9a-f]{32}$/);
  });

  it("fail closed: beside a database that has keys no root is made", async () => {
    const fingerprint = await (await place())().open(null);
    const elsewhere = await place();
    for (let again = 0; again < 2; again += 1)
      await expect(elsewhere().open(fingerprint)).rejects.toMatchObject({ code: "config_invalid" });
  });

  it("fail closed: another root than the database remembers is refused at start", async () => {
    const fingerprint = await (await place())().open(null);
    const other = await place();
    await other().open(null);
    await expect(other().open(fingerprint)).rejects.toThrow(/is not the one/);
  });
});

it("fail closed: a database whose keys are in one kind of store is not opened with the other", async () => {
  const [ofFile, ofVault] = [await file(), await vault()];
  const [fileRoot, vaultRoot] = [await ofFile().open(null), await ofVault().open(null)];
  await expect(ofVault().open(fileRoot)).rejects.toThrow(/KMS=file/);
  await expect(ofFile().open(vaultRoot)).rejects.toThrow(/KMS=vault/);
  const ofHsm = await hsm();
  const hsmRoot = await ofHsm().open(null);
  await expect(ofHsm().open(fileRoot)).rejects.toThrow(/KMS=file/);
  const ofAws = await aws();
  const awsRoot = await ofAws().open(null);
  await expect(ofAws().open(fileRoot)).rejects.toThrow(/KMS=file/);
  await expect(ofFile().open(awsRoot)).rejects.toThrow(/KMS=aws/);
  await expect(ofFile().open(hsmRoot)).rejects.toThrow(/KMS=pkcs11/);
});
