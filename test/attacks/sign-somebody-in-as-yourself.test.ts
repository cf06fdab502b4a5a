// Login CSRF: somebody is made to finish a sign-in that an attacker began, and then answers, or adds a passkey, in the attacker's name.

import { beforeAll, describe, expect, it } from "vitest";
import { pathOf, peopleStage } from "../support/people-stage.ts";

const s = await peopleStage();
beforeAll(async () => {
  await s.person(s.acme, "ann", ["approver"]);
  await s.person(s.acme, "mallory", ["approver"]);
});

/** What GitHub sends an attacker's browser back with, not yet followed. */
async function callbackOf(login: string) {
  const who = s.visitor();
  const away = await who.get("/login/github");
  const chosen = await s.github(`${pathOf(away.headers.get("location") ?? "")}&as=${login}`);
  return { who, path: pathOf(chosen.headers.get("location") ?? "") };
}
const signedIn = async (who: ReturnType<typeof s.visitor>) => (await who.get("/approvals")).status === 200;

describe("a sign-in that began elsewhere", () => {
  it("is not finished in a browser that began none", async () => {
    const { path } = await callbackOf("mallory");
    const ann = s.visitor();
    expect((await ann.get(path)).status).toBe(403);
    expect(await signedIn(ann)).toBe(false);
  });

  it("is not finished in a browser that began another one: the state is not its own", async () => {
    const { path } = await callbackOf("mallory");
    const ann = s.visitor();
    await ann.get("/login/github");
    expect((await ann.get(path)).status).toBe(403);
    expect(await signedIn(ann)).toBe(false);
  });

  it("is not finished with the right state and a code that was given to somebody else: PKCE", async () => {
    const mallory = await callbackOf("mallory");
    const code = new URLSearchParams(mallory.path.split("?")[1]).get("code") ?? "";
    const ann = await callbackOf("ann");
    const mixed = ann.path.replace(/code=[^&]+/, `code=${code}`);
    expect((await ann.who.get(mixed)).status).toBe(403);
    expect(await signedIn(ann.who)).toBe(false);
  });

  it("is not finished twice, not with a code that was seen, and not ten minutes later", async () => {
    const { who, path } = await callbackOf("mallory");
    const kept = new Map(who.cookies);
    expect((await who.get(path)).status).toBe(303);
    const again = s.visitor();
    for (const [name, value] of kept) again.cookies.set(name, value);
    expect((await again.get(path)).status).toBe(403);
  });

  it.each(["", "?code=abc", "?state=abc", "?code=abc&state=", "?error=access_denied&state=x", "?code=../../x&state=y"])(
    "is not finished by /login/callback%s",
    async (query) => {
      const { who } = await callbackOf("mallory");
      expect((await who.get(`/login/callback${query}`)).status).toBe(403);
      expect(await signedIn(who)).toBe(false);
    },
  );

  it("a choice of a client is worth nothing in another browser, or from another site", async () => {
    await s.person(s.acme, "both", ["viewer"]);
    await s.person(s.globex, "both", ["approver"]);
    const { who, path } = await callbackOf("both");
    const page = await (await who.get(path)).text();
    const fields = { choice: /name="choice" value="([^"]+)"/.exec(page)?.[1] ?? "", tenant: s.globex.id };
    expect((await s.visitor().post("/login/choose", fields)).status).toBe(403);
    expect((await who.post("/login/choose", fields, { origin: "https://evil.example" })).status).toBe(403);
    expect((await who.post("/login/choose", fields)).status).toBe(303);
  });
});
