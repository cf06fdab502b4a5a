import * as acts from "./acts/index.ts";
import { settleAcme, tellAcme } from "./demo/acme.ts";
import { settleGlobex, tellGlobex } from "./demo/globex.ts";
import { AGENT, type DemoCase, type DemoTenant } from "./demo/story.ts";
import { type Clock, stagedClock } from "./model/clock.ts";
import { type AppKey, appKey } from "./scene.ts";
import { makeWorld, type World } from "./world.ts";

export type { DemoCase, DemoTenant } from "./demo/story.ts";

export interface DemoScene {
  /** The past is staged and its webhooks are queued: set `hook.url` and `hook.automatic`, then `deliver(world)`. */
  readonly world: World;
  readonly appId: number;
  readonly key: AppKey;
  readonly webhookSecret: string;
  readonly tenants: readonly DemoTenant[];
  readonly cases: readonly DemoCase[];
}

export interface DemoOptions {
  readonly webhookSecret: string;
  readonly appId?: number;
  readonly now?: Clock;
  /** The address the world will be served at, for the links in payloads. */
  readonly baseUrl?: string;
}

/** Two tenants whose pull requests show each verdict. */
export function demoScene(options: DemoOptions): DemoScene {
  const clock = stagedClock(options.now ?? Date.now);
  const key = appKey();
  const appId = options.appId ?? 4242;
  const world = makeWorld({
    now: clock,
    app: { id: appId, publicKey: key.publicKey },
    webhook: { secret: options.webhookSecret },
  });
  if (options.baseUrl !== undefined) Object.assign(world.urls, { api: options.baseUrl, html: options.baseUrl });
  clock.ago(300);
  for (const login of ["maya", "tom", "olga", "ines", "raj", "kai", "zoe"]) acts.addAccount(world, { login });
  for (const login of [AGENT, "review-bot[bot]"]) acts.addAccount(world, { login, type: "Bot" });
  const tenants = [settleAcme(world), settleGlobex(world)];
  const cases: DemoCase[] = [];
  tellAcme({ w: world, clock, repo: "acme/payments", cases });
  tellGlobex({ w: world, clock, repo: "globex/webshop", cases });
  clock.live();
  return { world, appId, key, webhookSecret: options.webhookSecret, tenants, cases };
}
