// The signer: key, store and decision together. What the broker's socket serves, and what tests use in their own process.

import type { KeyObject } from "node:crypto";
import { Fault } from "#kernel";
import {
  base64,
  ED25519,
  equal,
  formatCheckpoint,
  formatNote,
  formatVkey,
  HASH_BYTES,
  keyId,
  signatureLine,
  type NoteKey,
} from "#verifier";
import { decideCertificate, type Certifier, type CertifyAnswer } from "../../certifying.ts";
import type { CheckpointStore, Swap } from "../../checkpoint-store.ts";
import { rotationBytes, type KeyRotation } from "../../rotation.ts";
import type { CheckpointSigner, HeadAnswer, HeadToSign } from "../../signer.ts";
import { decideHead } from "../../signing.ts";
import { rawPublicKey, signEd25519 } from "../ed25519.ts";
import { sha256 } from "../sha256.ts";
import type { KeyDirectory } from "./key-directory.ts";

export type Broker = CheckpointSigner & KeyRotation & Certifier;

/** Another process may swap between our reading and our writing, but not for ever. */
const CONFLICTS = 100;
const TENANT = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function createSigner({
  keys,
  store,
}: {
  readonly keys: KeyDirectory;
  readonly store: CheckpointStore;
}): Broker {
  const epochs = `${keys.base}/epochs`;
  const tenants = `${keys.base}/t/`;

  const vkey = (key: KeyObject): string => formatVkey(sha256, noteKey(key, epochs));

  function demandOurs({ origin, size, from, root }: HeadToSign): void {
    const ours = origin === epochs || (origin.startsWith(tenants) && TENANT.test(origin.slice(tenants.length)));
    const sizes = Number.isSafeInteger(size) && Number.isSafeInteger(from) && from >= 0 && size >= from;
    if (!ours || !sizes || root.length !== HASH_BYTES)
      throw new Fault("input_invalid", `The broker of ${keys.base} signs no such head of ${origin}.`);
  }

  /** While a rotation is announced both sign, so that whoever knows either key can follow. */
  function signers({ origin, size }: HeadToSign): readonly KeyObject[] {
    const next = keys.next();
    if (next === null || next.epoch === null) return [keys.current()];
    const announced = origin === epochs ? size === next.epoch + 1 : true;
    return announced ? [keys.current(), next.key] : [keys.current()];
  }

  function noteOf(head: HeadToSign): string {
    const body = formatCheckpoint(head);
    const message = new TextEncoder().encode(body);
    const lines = signers(head).map((key) => {
      const named = noteKey(key, head.origin);
      return signatureLine(named.name, keyId(sha256, named), signEd25519(key, message));
    });
    return formatNote(body, lines);
  }

  /** A head beyond the announcing epoch, proven from it: that epoch is published, and the old key has done its last. */
  function completeRotation({ origin, from }: HeadToSign): void {
    const announced = keys.next()?.epoch ?? null;
    if (announced !== null && origin === epochs && from > announced) keys.complete();
  }

  async function sign(heads: readonly HeadToSign[]): Promise<readonly HeadAnswer[]> {
    for (const head of heads) demandOurs(head);
    const answers: (HeadAnswer | null)[] = heads.map(() => null);
    for (let conflicts = 0; conflicts < CONFLICTS;) {
      const open = firstOfEach(heads, answers);
      const lasts = await store.read(open.map(({ head }) => head.origin));
      const swaps: { readonly at: number; readonly swap: Swap }[] = [];
      open.forEach(({ head, at }, i) => {
        const last = lasts[i] ?? null;
        const decision = decideHead(sha256, last, head);
        switch (decision.kind) {
          case "repeat":
            answers[at] = { kind: "signed", note: decision.note };
            return;
          case "behind":
          case "inconsistent":
            answers[at] = decision;
            return;
          case "sign": {
            completeRotation(head);
            const next = { note: noteOf(head), size: head.size, root: head.root };
            swaps.push({ at, swap: { origin: head.origin, expected: last?.note ?? null, next } });
          }
        }
      });
      // INVARIANT: a note leaves this process only after the store has it.
      const done = swaps.length === 0 ? [] : await store.swap(swaps.map(({ swap }) => swap));
      swaps.forEach(({ at, swap }, i) => {
        if (done[i] === true) answers[at] = { kind: "signed", note: swap.next.note };
        else conflicts += 1;
      });
      const whole = answers.filter((answer) => answer !== null);
      if (whole.length === heads.length) return whole;
    }
    throw new Fault("broker_unavailable", "Others kept changing the store of signed checkpoints. Ask again.");
  }

  async function certify(body: string): Promise<CertifyAnswer> {
    const decision = decideCertificate(keys.base, body);
    if (decision.kind === "refused")
      throw new Fault("input_invalid", `The broker of ${keys.base} signs no such certificate. ${decision.why}`);
    const { origin, memory } = decision;
    const message = new TextEncoder().encode(body);
    const root = sha256(message);
    const named = noteKey(keys.current(), origin);
    const note = formatNote(body, [signatureLine(origin, keyId(sha256, named), signEd25519(keys.current(), message))]);
    // INVARIANT: as for heads, a note leaves this process only after the store has it; whoever asked first is the one who is answered.
    await store.swap([{ origin: memory, expected: null, next: { note, size: 1, root } }]);
    const [kept] = await store.read([memory]);
    if (kept === null || kept === undefined)
      throw new Fault("broker_unavailable", "The store of what was signed did not keep the certificate. Ask again.");
    return equal(kept.root, root) ? { kind: "signed", note: kept.note } : { kind: "signed_otherwise", last: kept.note };
  }

  return {
    certify,
    identity: async () => ({ base: keys.base, vkey: vkey(keys.current()) }),
    last: async (origin) => (await store.read([origin]))[0]?.note ?? null,
    sign,
    rotate: async () => ({ from: vkey(keys.current()), to: vkey(keys.prepare().key) }),
    async rotation(epoch) {
      const next = keys.next();
      const [last] = await store.read([epochs]);
      const size = last?.size ?? 0;
      // An epoch that has its checkpoint says what it says; once it is the announcing one, the next head completes the rotation.
      const late = next?.epoch === epoch ? false : epoch < size || (next?.epoch ?? size) < size;
      if (next === null || late) return null;
      if (next.epoch !== epoch) keys.announce(epoch);
      const from = vkey(keys.current());
      const to = vkey(next.key);
      const statement = rotationBytes({ from, to, epoch });
      const by = (key: KeyObject): string => base64(signEd25519(key, statement));
      return { kind: "key.rotated", from, to, byOld: by(keys.current()), byNew: by(next.key) };
    },
  };
}

interface OpenHead {
  readonly head: HeadToSign;
  readonly at: number;
}

/** The unanswered heads, one for each origin: a second one of the same origin is judged after the first. */
function firstOfEach(heads: readonly HeadToSign[], answers: readonly (HeadAnswer | null)[]): readonly OpenHead[] {
  const first = new Map<string, OpenHead>();
  heads.forEach((head, at) => {
    if (answers[at] === null && !first.has(head.origin)) first.set(head.origin, { head, at });
  });
  return [...first.values()];
}

const noteKey = (key: KeyObject, name: string): NoteKey => ({ name, type: ED25519, publicKey: rawPublicKey(key) });
