import { generateKeyPairSync } from "node:crypto";
import { appId, installationId, instantOfMillis, iso, millis, repositoryId } from "#kernel";
import { createGitHub, PURPOSES, type Purpose } from "#platform/github";

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
export const PEM = privateKey;

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly bearer: string;
  readonly body: string;
  readonly init: RequestInit;
}

export type Script = (sent: Sent) => Response | Promise<Response>;

const demand = <T>(value: T | null): T => {
  if (value === null) throw new Error("constant");
  return value;
};
export const INSTALLATION = demand(installationId(100));
export const OTHER_INSTALLATION = demand(installationId(200));
export const REPOSITORY = demand(repositoryId(5));
export const OTHER_REPOSITORY = demand(repositoryId(6));
const APP = demand(appId(4242));

export const json = (status: number, data: unknown, headers: Record<string, string> = {}): Response =>
  new Response(status === 204 || status === 304 ? null : JSON.stringify(data), {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
  });

/** GitHub's answer to a mint, as asked; `over` makes it lie. */
export function minted(sent: Sent, at: number, over: object = {}): Response {
  const asked: { repository_ids?: number[]; permissions: object } = JSON.parse(sent.body);
  return json(201, {
    token: `ghs_4242_${Math.random().toString(36).slice(2)}.${"x".repeat(480)}`,
    expires_at: iso(instantOfMillis(Math.floor(at / 1_000) * 1_000 + 3_600_000)),
    permissions: asked.permissions,
    repository_selection: "selected",
    repositories: (asked.repository_ids ?? []).map((id) => ({ id, name: "app" })),
    ...over,
  });
}

export const isMint = (sent: Sent): boolean => sent.path.endsWith("/access_tokens");

/** A GitHub of one function. Time stands still unless moved. */
export function scripted(script: Script, baseUrl = "https://api.github.com") {
  const sent: Sent[] = [];
  let now = Date.parse("2026-09-01T10:00:00Z");
  const github = createGitHub({
    appId: APP,
    privateKey: PEM,
    baseUrl,
    clock: () => now,
    retryBaseMs: millis(1),
    timeoutMs: millis(200),
    fetch: async (url, init = {}) => {
      const request = new Request(url, init);
      const one = {
        method: request.method,
        path: request.url,
        bearer: (request.headers.get("authorization") ?? "").replace("Bearer ", ""),
        body: await request.text(),
        init,
      };
      sent.push(one);
      return script(one);
    },
  });
  return {
    github,
    sent,
    now: () => now,
    pass: (ms: number) => {
      now += ms;
    },
    mints: () => sent.filter(isMint),
  };
}

export const asked = (sent: Sent): unknown => JSON.parse(sent.body);
export const permissionsOf = (purpose: Purpose) => PURPOSES[purpose];
