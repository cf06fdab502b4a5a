// A whole log in memory: what the server writes, without the server. What a test changes here, an operator could change in the database.

import { createCipheriv, createHash, hkdfSync } from "node:crypto";
import { z } from "zod";
import {
  canonicalBytes, CHAIN_START, chainAfter, formatCheckpoint, hex, leafHash, originOf, rootOf, rotationBytes, sha256,
  tenantLog, EPOCHS, type Hash,
} from "#verifier"; // prettier-ignore
import { signBytes, signingKey, witnessKey, type SigningKey } from "./keys.ts";

export const BASE = "audit.example.com";
export const TENANT = "0198c1d2-0000-7000-8000-00000000000a";
export const OTHER_TENANT = "0198c1d2-0000-7000-8000-00000000000b";
const START = Date.parse("2026-03-01T00:00:00.000Z");

export interface WorldPart {
  nonce: Uint8Array;
  keyId: string | null;
  ct: Uint8Array;
  /** null for a body from before sealing. */
  readonly key: Uint8Array | null;
}
export interface WorldEntry {
  readonly id: string;
  leaf: Uint8Array;
  /** null: erased. */
  parts: (WorldPart | null)[];
}
export interface WorldHead {
  size: number;
  root: Hash;
  chain: Hash;
}
export interface WorldTenant {
  readonly id: string;
  readonly slot: number;
  entries: WorldEntry[];
  /** By epoch. */
  slotLeaves: Uint8Array[];
  shredded: boolean;
  incarnation: number;
}
export interface WorldEpoch {
  leaf: Uint8Array;
  /** Every slot's leaf. */
  slots: Uint8Array[];
  readonly signedBy: SigningKey;
}
export interface World {
  time: number;
  serial: number;
  signer: SigningKey;
  witnesses: SigningKey[];
  /** In the order of their slots. */
  tenants: WorldTenant[];
  epochs: WorldEpoch[];
  pendingRotation: SigningKey | null;
  fingerprint: string;
  expected: string;
}

const digest = (text: string): Uint8Array => createHash("sha256").update(text).digest();
export const uuid = (at: number, n: number): string => {
  const time = at.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, "0")}`;
};

export function newWorld(tenants: readonly string[] = [TENANT, OTHER_TENANT]): World {
  return {
    time: START,
    serial: 0,
    signer: signingKey(originOf(BASE, EPOCHS), "log key"),
    witnesses: ["w1.example", "w2.example", "w3.example"].map(witnessKey),
    tenants: tenants.map((id, slot) => ({ id, slot, entries: [], slotLeaves: [], shredded: false, incarnation: 1 })),
    epochs: [],
    pendingRotation: null,
    fingerprint: hex(digest("guards")),
    expected: hex(digest("guards")),
  };
}

export function tenantOf(world: World, id: string): WorldTenant {
  const tenant = world.tenants.find((each) => each.id === id);
  if (tenant === undefined) throw new Error(`the world has no tenant ${id}`);
  return tenant;
}

export interface NewWorldEntry {
  readonly kind?: string;
  readonly outcome?: string;
  readonly intent?: string;
  readonly pii?: boolean;
  readonly sealed?: boolean;
  readonly body?: unknown;
  readonly ts?: number;
}

function part(tenant: string, id: string, index: number, sealed: boolean, body: unknown): WorldPart {
  const plain = canonicalBytes(body);
  if (!sealed) return { nonce: digest(`nonce ${id}`).subarray(0, 16), keyId: null, ct: plain, key: null };
  const key = Buffer.from(hkdfSync("sha256", digest("dek"), "", `countersign/audit/v1/${id}/${index}`, 32));
  const nonce = digest(`nonce ${id} ${index}`).subarray(0, 12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(`countersign/audit/v1\n${tenant}\n${id}\n${index}`));
  const ct = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return { nonce, keyId: "0198c1d2-0000-7000-8000-0000000000ff", ct, key };
}

export const commitment = ({ nonce, ct, key }: WorldPart): object => ({
  h: createHash("sha256").update(nonce).update(ct).digest("hex"),
  ...(key === null ? {} : { kc: createHash("sha256").update("kc").update(key).digest("hex") }),
  len: ct.length,
});

/** Makes an entry without putting it anywhere. */
export function makeEntry(world: World, tenant: string, given: NewWorldEntry, n: number): WorldEntry {
  const ts = given.ts ?? world.time;
  const id = uuid(ts, n);
  const sealed = given.sealed ?? true;
  const parts = [part(tenant, id, 0, sealed, given.body ?? { payload: `entry ${n}` })];
  if (given.pii === true) parts.push(part(tenant, id, 1, sealed, { login: `person ${n}` }));
  const leaf = canonicalBytes({
    v: 1,
    id,
    log: tenant,
    ts: new Date(ts).toISOString(),
    kind: given.kind ?? "gate.verdict",
    outcome: given.outcome ?? "success",
    ...(given.intent === undefined ? {} : { intent: given.intent }),
    body: parts.map(commitment),
  });
  return { id, leaf, parts };
}

export function append(world: World, tenant: string, given: NewWorldEntry = {}): WorldEntry {
  world.time += 1_000;
  world.serial += 1;
  const entry = makeEntry(world, tenant, given, world.serial);
  tenantOf(world, tenant).entries.push(entry);
  return entry;
}

export const hashesOf = (entries: readonly WorldEntry[]): readonly Hash[] =>
  entries.map((entry) => leafHash(sha256, entry.leaf));

export function headOf(entries: readonly WorldEntry[]): WorldHead {
  const hashes = hashesOf(entries);
  const chain = hashes.reduce((before, hash) => chainAfter(sha256, before, hash), CHAIN_START);
  return { size: entries.length, root: rootOf(sha256, hashes), chain };
}

export function epochBody(world: World, size: number): string {
  const leaves = world.epochs.slice(0, size).map((epoch) => leafHash(sha256, epoch.leaf));
  return formatCheckpoint({ origin: originOf(BASE, EPOCHS), size, root: rootOf(sha256, leaves) });
}

export function slotLeafOf(tenant: WorldTenant, previous: string): Uint8Array {
  const { size, root, chain } = headOf(tenant.entries);
  if (tenant.shredded) return canonicalBytes({ v: 1, slot: tenant.slot, shredded: true, size, root: hex(root) });
  return canonicalBytes({
    v: 1,
    slot: tenant.slot,
    log: originOf(BASE, tenantLog(tenant.id)),
    size,
    root: hex(root),
    chain: hex(chain),
    incarnation: tenant.incarnation,
    previous,
    salt: hex(digest(`salt ${tenant.id}`)),
  });
}

/** One epoch: every tenant's head as it is now. */
export function epoch(world: World, events: object[] = []): void {
  world.time += 300_000;
  const n = world.epochs.length;
  const previous = n === 0 ? "" : createHash("sha256").update(epochBody(world, n)).digest("hex");
  const slots = world.tenants.map((tenant) => slotLeafOf(tenant, previous));
  for (const [i, tenant] of world.tenants.entries()) tenant.slotLeaves[n] = slots[i] ?? new Uint8Array();
  const rotated = world.pendingRotation === null ? [] : [rotation(world.signer, world.pendingRotation, n)];
  world.signer = world.pendingRotation ?? world.signer;
  world.pendingRotation = null;
  const leaf = epochLeaf(world, n, slots, [...events, ...rotated], previous, world.time);
  world.epochs.push({ leaf, slots, signedBy: world.signer });
}

function epochLeaf(
  world: World,
  n: number,
  slots: readonly Uint8Array[],
  events: readonly object[],
  previous: string,
  time: number,
): Uint8Array {
  return canonicalBytes({
    v: 1,
    epoch: n,
    time: new Date(time).toISOString(),
    slots: { root: hex(rootOf(sha256, slots.map((slot) => leafHash(sha256, slot)))), size: slots.length },
    tenants: world.tenants.length,
    fingerprint: world.fingerprint,
    expected: world.expected,
    skewMs: 3,
    build: "test",
    events,
    previous,
  }); // prettier-ignore
}

export function rotation(from: SigningKey, to: SigningKey, n: number): object {
  const message = rotationBytes(from.vkey, to.vkey, n);
  const signed = (by: SigningKey): string => Buffer.from(signBytes(by, message)).toString("base64");
  return { kind: "key.rotated", from: from.vkey, to: to.vkey, byOld: signed(from), byNew: signed(to) };
}

const oldEpoch = z.object({ time: z.string(), events: z.array(z.looseObject({})) });

/**
 * What an operator does who changed entries of the past and wants everything to fit again: every head, slot leaf and epoch leaf is
 * computed anew. `sizes` are the tenants' sizes in each epoch, before the change.
 */
export function rebuild(world: World, sizeIn: (tenant: WorldTenant, epoch: number) => number): void {
  const old = world.epochs;
  const times = old.map((each) => oldEpoch.parse(JSON.parse(Buffer.from(each.leaf).toString())));
  world.epochs = [];
  for (const [n, before] of old.entries()) {
    const previous = n === 0 ? "" : createHash("sha256").update(epochBody(world, n)).digest("hex");
    const slots = world.tenants.map((tenant) =>
      slotLeafOf({ ...tenant, entries: tenant.entries.slice(0, sizeIn(tenant, n)), shredded: false }, previous),
    );
    for (const [i, tenant] of world.tenants.entries()) tenant.slotLeaves[n] = slots[i] ?? new Uint8Array();
    const was = times[n];
    const leaf = epochLeaf(world, n, slots, was?.events ?? [], previous, Date.parse(was?.time ?? ""));
    world.epochs.push({ leaf, slots, signedBy: before.signedBy });
  }
}
