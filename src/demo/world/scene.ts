import { generateKeyPairSync, type KeyObject } from "node:crypto";
import * as acts from "./acts/index.ts";
import { type ManualClock, manualClock } from "./model/clock.ts";
import { makeWorld, type World } from "./world.ts";

/** gate.md section 3: acme/app, `main` under a sound ruleset, PR #1 by agent[bot] whose head H2 came at 10:00:00Z. */
export interface Scene {
  readonly world: World;
  readonly clock: ManualClock;
  readonly appId: number;
  readonly privateKey: string;
  readonly webhookSecret: string;
  readonly installation: number;
  readonly repo: "acme/app";
  readonly number: number;
  readonly h1: string;
  readonly h2: string;
  readonly ruleset: number;
}

export interface SceneOptions {
  /** The address deliveries go to. */
  readonly webhookUrl?: string;
  readonly webhookSecret?: string;
  readonly automatic?: boolean;
  readonly files?: Readonly<Record<string, string>>;
}

export const SCENE_APP_ID = 4242;

export interface AppKey {
  readonly publicKey: KeyObject;
  /** PEM (PKCS#8). */
  readonly privateKey: string;
}

/** A throwaway key for an App that exists only here. */
export function appKey(): AppKey {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { publicKey, privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

/** People and bots of the baseline. `svc` is an ordinary account that a person's list calls a service. */
function settle(w: World, files: Readonly<Record<string, string>>): void {
  for (const login of ["ann", "bob", "adm", "ro", "tri", "out", "svc", "req"]) acts.addAccount(w, { login });
  acts.addAccount(w, { login: "agent[bot]", type: "Bot" });
  acts.addOrganisation(w, "acme");
  acts.addMember(w, "acme", "adm", "admin");
  for (const login of ["ann", "bob", "ro", "tri", "svc", "req"]) acts.addMember(w, "acme", login);
  acts.addTeam(w, "acme", "pay", { ann: "active", bob: "pending" });
  acts.addTeam(w, "acme", "platform", { adm: "active" });
  acts.addRepository(w, {
    name: "acme/app",
    by: "adm",
    files: { "src/index.ts": "export const answer = 41;\n", ...files },
    collaborators: {
      ann: "write",
      bob: "write",
      adm: "admin",
      ro: "read",
      tri: "triage",
      out: "write",
      svc: "write",
      req: "write",
      "agent[bot]": "write",
    },
  });
}

export function scene(options: SceneOptions = {}): Scene {
  const clock = manualClock("2026-03-02T08:00:00Z");
  const key = appKey();
  const webhookSecret = options.webhookSecret ?? "a-secret-of-the-scene";
  const world = makeWorld({
    now: clock,
    app: { id: SCENE_APP_ID, publicKey: key.publicKey },
    webhook: {
      secret: webhookSecret,
      automatic: options.automatic ?? false,
      ...(options.webhookUrl === undefined ? {} : { url: options.webhookUrl }),
    },
  });
  settle(world, options.files ?? {});
  const installation = acts.installApp(world, { account: "acme", by: "adm" }).id;
  const ruleset = acts.addRuleset(world, { on: "acme/app", rules: acts.soundRules(SCENE_APP_ID) }, "adm");
  clock.set("2026-03-02T09:00:00Z");
  const change = { repo: "acme/app", branch: "feature", by: "agent[bot]" } as const;
  const h1 = acts.push(world, {
    ...change,
    files: { "src/index.ts": "export const answer = 42;\n" },
    message: "Correct the answer",
  });
  clock.advance(60_000);
  const number = acts.openPullRequest(world, {
    repo: "acme/app",
    by: "agent[bot]",
    head: "feature",
    title: "Correct the answer",
  });
  clock.set("2026-03-02T10:00:00Z");
  const h2 = acts.push(world, {
    ...change,
    files: { "src/index.test.ts": "test the answer\n" },
    message: "Test the answer",
  });
  clock.set("2026-03-02T10:05:00Z");
  return {
    world,
    clock,
    appId: SCENE_APP_ID,
    privateKey: key.privateKey,
    webhookSecret,
    installation,
    repo: "acme/app",
    number,
    h1,
    h2,
    ruleset,
  };
}
