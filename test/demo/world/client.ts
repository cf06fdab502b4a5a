import { createPrivateKey } from "node:crypto";
import { SignJWT } from "jose";
import type { Scene } from "#demo/world";

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly data: unknown;
}

const call = async (
  url: string,
  authorization: string,
  method: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> => {
  const answer = await fetch(url, {
    method,
    redirect: "manual",
    headers: { authorization, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const data: unknown = text === "" ? null : JSON.parse(text);
  return { status: answer.status, headers: answer.headers, data };
};

/** A hand-made client: the world is tested against HTTP itself, not against a library's idea of it. */
export async function clientOf(url: string, scene: Pick<Scene, "appId" | "privateKey" | "installation">) {
  const now = Math.floor(Date.now() / 1000);
  const jwt = await new SignJWT({})
    .setProtectedHeader({ alg: "RS256" })
    .setIssuer(String(scene.appId))
    .setIssuedAt(now - 30)
    .setExpirationTime(now + 540)
    .sign(createPrivateKey(scene.privateKey));
  const app = (method: string, path: string, body?: unknown): Promise<Reply> =>
    call(url + path, `Bearer ${jwt}`, method, body);
  const token = async (narrow: unknown = {}): Promise<string> => {
    const { data } = await app("POST", `/app/installations/${scene.installation}/access_tokens`, narrow);
    return textOf(data, "token");
  };
  const as = async (narrow: unknown = {}) => {
    const text = await token(narrow);
    return (
      method: string,
      path: string,
      body?: unknown,
      headers: Readonly<Record<string, string>> = {},
    ): Promise<Reply> => call(url + path, `token ${text}`, method, body, headers);
  };
  return { app, as, token };
}

/** The value at a path of an answer. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

export const textOf = (value: unknown, ...path: readonly (string | number)[]): string => String(at(value, ...path));
