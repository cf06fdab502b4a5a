// Trust policies (c2sp.org/tlog-policy): which logs, which witnesses, and how many of them must have seen a checkpoint.

import { COSIGNATURE, ED25519, parseVkey, type NoteKey } from "./note.ts";
import type { Sha256 } from "./sha256.ts";

/** The specification asks for at least 32 of each. */
export const policyLimits = { bytes: 256 * 1024, logs: 128, witnesses: 128, groups: 128 } as const;

export interface Witness {
  readonly name: string;
  readonly key: NoteKey;
  readonly url: string | null;
}

/** A witness counts when it cosigned; a group when at least `k` of its members count. */
export type Quorum =
  | { readonly kind: "none" }
  | { readonly kind: "witness"; readonly witness: Witness }
  | { readonly kind: "group"; readonly name: string; readonly k: number; readonly members: readonly Quorum[] };

export interface Policy {
  readonly kind: "policy";
  readonly logs: readonly { readonly key: NoteKey; readonly url: string | null }[];
  readonly witnesses: readonly Witness[];
  readonly quorum: Quorum;
}
export type ParsedPolicy = Policy | { readonly kind: "malformed"; readonly line: number; readonly why: string };

/** Whether those who cosigned are enough. */
export function isQuorum(quorum: Quorum, cosigned: ReadonlySet<Witness>): boolean {
  switch (quorum.kind) {
    case "none":
      return true;
    case "witness":
      return cosigned.has(quorum.witness);
    case "group":
      return quorum.members.filter((member) => isQuorum(member, cosigned)).length >= quorum.k;
  }
}

/** One sentence's worth: `w1`, or `2 of (w1, w2, w3)`. */
export function describeQuorum(quorum: Quorum): string {
  switch (quorum.kind) {
    case "none":
      return "no witness";
    case "witness":
      return quorum.witness.name;
    case "group":
      return `${quorum.k} of (${quorum.members.map(describeQuorum).join(", ")})`;
  }
}

export function parsePolicy(sha256: Sha256, text: string): ParsedPolicy {
  const lines = text.length > policyLimits.bytes ? [] : text.split("\n");
  if (lines.length === 0) return { kind: "malformed", line: 0, why: "it is larger than any policy" };
  const reader = new PolicyReader(sha256);
  for (const [i, line] of lines.entries()) {
    const why = reader.line(line);
    if (why !== null) return { kind: "malformed", line: i + 1, why };
  }
  return reader.policy() ?? { kind: "malformed", line: lines.length, why: "there is no quorum line" };
}

class PolicyReader {
  readonly #sha256: Sha256;
  readonly #logs: { key: NoteKey; url: string | null }[] = [];
  readonly #witnesses: Witness[] = [];
  readonly #named = new Map<string, Quorum>();
  /** A name may be a member once, so that no witness counts twice. */
  readonly #members = new Set<string>();
  #groups = 0;
  #quorum: Quorum | null = null;

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  policy(): Policy | null {
    if (this.#quorum === null) return null;
    return { kind: "policy", logs: this.#logs, witnesses: this.#witnesses, quorum: this.#quorum };
  }

  /** What is wrong with the line; null when nothing is. */
  line(text: string): string | null {
    // oxlint-disable-next-line no-control-regex -- control characters are what is refused
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) return "it has a control character";
    const [keyword = "", ...items] = text.split(/[ \t]+/).filter((item) => item !== "");
    if (keyword === "" || keyword.startsWith("#")) return null;
    switch (keyword) {
      case "log":
        return this.#log(items);
      case "witness":
        return this.#witness(items);
      case "group":
        return this.#group(items);
      case "quorum":
        return this.#setQuorum(items);
      default:
        return "it begins with none of log, witness, group, quorum";
    }
  }

  #log([vkey = "", url, ...rest]: readonly string[]): string | null {
    const key = parseVkey(this.#sha256, vkey);
    if (key === null || key.type !== ED25519 || rest.length > 0) return "a log line is `log <vkey> [<url>]`";
    if (this.#logs.some((log) => samePublicKey(log.key, key))) return "two logs have one public key";
    if (this.#logs.push({ key, url: url ?? null }) > policyLimits.logs) return "there are too many logs";
    return null;
  }

  #witness([name = "", vkey = "", url, ...rest]: readonly string[]): string | null {
    const key = parseVkey(this.#sha256, vkey);
    if (key === null || key.type !== COSIGNATURE || rest.length > 0)
      return "a witness line is `witness <name> <vkey> [<url>]`";
    if (this.#witnesses.some((witness) => samePublicKey(witness.key, key))) return "two witnesses have one public key";
    const witness: Witness = { name, key, url: url ?? null };
    if (this.#witnesses.push(witness) > policyLimits.witnesses) return "there are too many witnesses";
    return this.#define(name, { kind: "witness", witness });
  }

  #group([name = "", threshold = "", ...names]: readonly string[]): string | null {
    if (names.length === 0) return "a group line is `group <name> all|any|<k> <name>...`";
    const members: Quorum[] = [];
    for (const each of names) {
      const member = this.#named.get(each);
      if (member === undefined) return "a group names something that no line before it defines";
      if (this.#members.has(each)) return "a name is a member twice";
      this.#members.add(each);
      members.push(member);
    }
    const k = threshold === "any" ? 1 : threshold === "all" ? names.length : decimal(threshold);
    if (k < 1 || k > names.length) return "a group's threshold is all, any, or a number from 1 to its members";
    this.#groups += 1;
    if (this.#groups > policyLimits.groups) return "there are too many groups";
    return this.#define(name, { kind: "group", name, k, members });
  }

  #setQuorum([name = "", ...rest]: readonly string[]): string | null {
    if (this.#quorum !== null) return "there are two quorum lines";
    const quorum: Quorum | undefined = name === "none" ? { kind: "none" } : this.#named.get(name);
    if (quorum === undefined || rest.length > 0) return "a quorum line is `quorum <name>`, of a name defined before it";
    this.#quorum = quorum;
    return null;
  }

  #define(name: string, quorum: Quorum): string | null {
    if (name === "none" || this.#named.has(name)) return "a name is none, or defined twice";
    this.#named.set(name, quorum);
    return null;
  }
}

const decimal = (text: string): number => (/^[1-9]\d{0,3}$/.test(text) ? Number(text) : 0);
const samePublicKey = (a: NoteKey, b: NoteKey): boolean => a.publicKey.every((byte, i) => byte === b.publicKey[i]);
