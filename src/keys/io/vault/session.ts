// Requests with a token, repeated where repeating is safe.

import { readFile } from "node:fs/promises";
import { z } from "zod";
import { askVault, vaultLost, type VaultAnswer, type VaultRequest } from "./ask.ts";
import type { VaultPlace, VaultTiming } from "./place.ts";

export type Asked = Omit<VaultRequest, "token"> & {
  /** Done twice, it is as if done once. The only one that is not is `rotate`. */
  readonly repeatable: boolean;
};
export type Answered = Exclude<VaultAnswer, { kind: "lost" | "forbidden" }>;

/** Throws `keys_unavailable` where nothing is known, or nothing is allowed. */
export type Session = (asked: Asked) => Promise<Answered>;

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 100;
const LOGIN_EVERY_MS = 30_000;
const TOKEN = /^[\x21-\x7e]{1,8192}$/;
const loggedIn = z.object({
  auth: z.object({ client_token: z.string().regex(TOKEN), lease_duration: z.int().nonnegative() }),
});

interface Token {
  readonly text: string;
  readonly since: number;
  /** Milliseconds; after this another one is asked for. */
  readonly until: number;
}

/** What is thrown where nothing is known, and where nothing is allowed. */
export interface VaultFaults {
  readonly lost: typeof vaultLost;
  readonly forbidden: typeof vaultLost;
}

export function createSession(
  place: VaultPlace,
  timing: VaultTiming,
  faults: VaultFaults = { lost: vaultLost, forbidden: vaultLost },
): Session {
  let token: Promise<Token> | null = null;

  async function fresh(): Promise<Token> {
    const { login } = place;
    if (login.kind === "token_file") {
      return { text: await secretIn(place, login.path, "VAULT_TOKEN_FILE"), since: 0, until: Number.POSITIVE_INFINITY };
    }
    const answer = await repeated({
      method: "POST",
      path: `auth/${login.mount}/login`,
      body: { role_id: login.roleId, secret_id: await secretIn(place, login.secretIdFile, "VAULT_SECRET_ID_FILE") },
      token: null,
      repeatable: true,
    });
    const parsed = loggedIn.safeParse(answer.kind === "ok" ? answer.body : null);
    if (!parsed.success)
      throw vaultLost(
        place,
        "does not let this AppRole in: check VAULT_ROLE_ID, VAULT_APPROLE_MOUNT, and that the secret id in VAULT_SECRET_ID_FILE is not used up",
      );
    const { client_token: text, lease_duration: seconds } = parsed.data.auth;
    // Two thirds: what is under way when it ends has still a token that is one. 0: it does not end.
    const since = timing.clock();
    return {
      text,
      since,
      until: seconds === 0 ? Number.POSITIVE_INFINITY : since + (seconds * 2000) / 3,
    };
  }

  async function current(): Promise<Token> {
    const asked = token;
    const held = asked === null ? null : await asked.catch(() => null);
    return held !== null && timing.clock() < held.until ? held : insteadOf(held);
  }

  /** Of any number who need another one than `old` at the same moment, one asks. */
  async function insteadOf(old: Token | null): Promise<Token> {
    const asked = token;
    const held = asked === null ? null : await asked.catch(() => null);
    if (held !== null && held !== old) return held;
    if (token === asked) token = fresh();
    return token ?? fresh();
  }

  async function repeated(request: VaultRequest & { readonly repeatable: boolean }): Promise<VaultAnswer> {
    const { repeatable, ...asked } = request;
    let answer = await askVault(place, asked, timing.timeoutMs);
    for (let attempt = 1; repeatable && answer.kind === "lost" && attempt < ATTEMPTS; attempt += 1) {
      await timing.sleep(FIRST_PAUSE_MS * 2 ** attempt);
      answer = await askVault(place, asked, timing.timeoutMs);
    }
    return answer;
  }

  return async (asked) => {
    const held = await current();
    let answer = await repeated({ ...asked, token: held.text });
    // 403 is also what a token gets that has run out: it did nothing, so asking once more with another is safe.
    // A token that is new is forbidden by its policy, and another login would end in the same, and use the secret id up.
    if (answer.kind === "forbidden" && timing.clock() - held.since >= LOGIN_EVERY_MS) {
      const other = await insteadOf(held);
      if (other.text !== held.text) answer = await repeated({ ...asked, token: other.text });
    }
    switch (answer.kind) {
      case "ok":
      case "absent":
      case "refused":
        return answer;
      case "forbidden":
        throw faults.forbidden(
          place,
          `forbids this token ${asked.method} ${asked.path.replace(/countersign-.*/, "countersign-*")} (403): it has run out, or its policy lacks that (docs/runbooks/vault.md)`,
        );
      case "lost":
        throw faults.lost(place, answer.why, answer.cause);
    }
  };
}

async function secretIn(place: VaultPlace, path: string, name: string): Promise<string> {
  let text: string;
  try {
    text = (await readFile(path, "utf8")).trim();
  } catch (cause) {
    throw vaultLost(place, `cannot be asked: the file in ${name} (${path}) cannot be read`, cause);
  }
  if (!TOKEN.test(text)) throw vaultLost(place, `cannot be asked: the file in ${name} (${path}) holds no secret`);
  return text;
}
