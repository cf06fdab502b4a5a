// One request to Vault and its answer. INVARIANT: no sentence from here repeats what Vault said, nor what it was asked: either may hold a key.

import { Fault } from "#kernel";
import type { VaultPlace } from "./place.ts";

export interface VaultRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below `/v1/`. Its parts are ours or checked: nothing in it needs an escape. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** null: before there is a token. */
  readonly token: string | null;
}

export type VaultAnswer =
  | { readonly kind: "ok"; readonly body: unknown }
  | { readonly kind: "absent" }
  /** 400, with Vault's own sentences. For comparison with known ones only. */
  | { readonly kind: "refused"; readonly errors: readonly string[] }
  /** 403: this token may not, or is none any more. */
  | { readonly kind: "forbidden" }
  /** Nothing is known: whether it was done, neither. */
  | { readonly kind: "lost"; readonly why: string; readonly cause?: unknown };

/** What the largest stop in the spool needs, with room; a Vault that sends more is none. */
const LARGEST_ANSWER = 4 * 1024 * 1024;

export async function askVault(place: VaultPlace, request: VaultRequest, timeoutMs: number): Promise<VaultAnswer> {
  let response: Response;
  let text: string | null;
  try {
    response = await fetch(`${place.address}/v1/${request.path}`, {
      method: request.method,
      headers: {
        "X-Vault-Request": "true",
        ...(request.token === null ? {} : { "X-Vault-Token": request.token }),
        ...(place.namespace === null ? {} : { "X-Vault-Namespace": place.namespace }),
        ...(request.body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      // INVARIANT: the token and the key in the body go to VAULT_ADDR and nowhere else.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await textOf(response);
  } catch (cause) {
    return { kind: "lost", why: "does not answer", cause };
  }
  if (text === null) return { kind: "lost", why: "sent an answer without end" };
  return answerOf(response.status, text);
}

function answerOf(status: number, text: string): VaultAnswer {
  if (status >= 300 && status < 400)
    return {
      kind: "lost",
      why: "sends us elsewhere, and keys are sent nowhere but to VAULT_ADDR: give the address of its active node or its load balancer",
    };
  if (status === 204) return { kind: "ok", body: null };
  if (status === 403) return { kind: "forbidden" };
  if (status === 503) return { kind: "lost", why: "is sealed or being maintained (503): unseal it" };
  if (status !== 200 && status !== 400 && status !== 404)
    return { kind: "lost", why: `answered with status ${status}` };
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { kind: "lost", why: "sent something that is no JSON: is VAULT_ADDR a Vault's?" };
  }
  if (status === 200) return { kind: "ok", body };
  const errors = errorsOf(body);
  // Something between us and Vault may say 404, too: Vault's own names its errors, if only an empty list of them.
  if (errors === null) return { kind: "lost", why: `sent another ${status} than Vault does: is VAULT_ADDR a Vault's?` };
  // An engine that is not there says so, and is not a key that is not there.
  if (status === 404)
    return errors.length === 0
      ? { kind: "absent" }
      : { kind: "lost", why: "has nothing at this path: check VAULT_TRANSIT_MOUNT" };
  return { kind: "refused", errors };
}

function errorsOf(body: unknown): readonly string[] | null {
  if (typeof body !== "object" || body === null || !("errors" in body) || !Array.isArray(body.errors)) return null;
  const errors: readonly unknown[] = body.errors;
  const said = errors.filter((one) => typeof one === "string");
  return said.length === errors.length ? said : null;
}

/** null: too long. */
async function textOf(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: ReadableStream<Uint8Array> | null = response.body;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

export const vaultLost = (place: VaultPlace, why: string, cause?: unknown): Fault =>
  new Fault("keys_unavailable", `Vault at ${place.address} ${why}. Nothing is sealed or opened meanwhile.`, { cause });
