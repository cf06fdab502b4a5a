import { generateKeyPairSync } from "node:crypto";
import { z } from "zod";
import { deleteInstallation, suspendInstallation, unsuspendInstallation } from "../acts/installations.ts";
import { redeliver, headersOf } from "../deliveries/send.ts";
import type { Delivery } from "../deliveries/log.ts";
import type { Installation } from "../model/apps.ts";
import { stamp } from "../model/clock.ts";
import { findAccount, findRepository, orGhost } from "../model/find.ts";
import { appShape, installationShape } from "../shapes/checks.ts";
import { repositoryShape } from "../shapes/repositories.ts";
import type { World } from "../world.ts";
import { type Answer, type Call, maySee, notFound, ok, paged, parse, Refused, type Route } from "./route.ts";
import { mint, NewToken } from "./tokens.ts";

const mine = (w: World): readonly Installation[] =>
  [...w.installations.values()].filter((one) => one.appId === w.app.id && !one.deleted);

function installationOf(call: Call): Installation {
  const found = mine(call.w).find((one) => one.id === Number(call.params["installation_id"]));
  if (found === undefined) throw notFound();
  return found;
}

/** In the App's own name: GitHub lets it shut, open and uninstall what is its. */
function changed(change: (w: World, given: { readonly id: number; readonly by: string }) => void): Route["handle"] {
  return (call) => {
    const { id } = installationOf(call);
    change(call.w, { id, by: orGhost(call.w, call.w.app.botId).login });
    return { status: 204, body: null };
  };
}

function newToken(call: Call): Answer {
  const token = mint(call.w, installationOf(call), parse(NewToken, call.body));
  const repositories = token.repositoryIds?.flatMap((id) => call.w.repositories.get(id) ?? []);
  return ok(
    {
      token: token.text,
      expires_at: stamp(token.expiresAt),
      permissions: token.permissions,
      repository_selection:
        repositories === undefined && installationOf(call).repositoryIds === null ? "all" : "selected",
      ...(repositories === undefined
        ? {}
        : { repositories: repositories.map((repo) => repositoryShape(call.w, repo)) }),
    },
    201,
  );
}

function revoke(call: Call): Answer {
  if (call.caller.kind === "installation") call.caller.token.revoked = true;
  return { status: 204, body: null };
}

function repositories(call: Call): Answer {
  const { w, caller } = call;
  if (caller.kind !== "installation") throw new Refused(403, "Resource not accessible by integration");
  const seen = [...w.repositories.values()].filter(
    (repo) => !repo.deleted && maySee(caller.installation, caller.token, repo),
  );
  return paged(call, seen, (page) => ({
    total_count: seen.length,
    repository_selection: caller.installation.repositoryIds === null ? "all" : "selected",
    repositories: page.map((repo) => repositoryShape(w, repo)),
  }));
}

const hookConfig = (w: World): unknown => ({
  content_type: "json",
  insecure_ssl: "0",
  secret: "********",
  ...(w.hook.url === null ? {} : { url: w.hook.url }),
});

const HookConfig = z.object({
  url: z.string().optional(),
  secret: z.string().optional(),
  content_type: z.string().optional(),
  insecure_ssl: z.union([z.string(), z.number()]).optional(),
});

function setHookConfig(call: Call): Answer {
  const given = parse(HookConfig, call.body);
  if (given.url !== undefined) call.w.hook.url = given.url;
  if (given.secret !== undefined) call.w.hook.secret = given.secret;
  return ok(hookConfig(call.w));
}

const deliveryItem = (delivery: Delivery): Readonly<Record<string, unknown>> => ({
  id: delivery.id,
  guid: delivery.guid,
  delivered_at: stamp(delivery.at),
  redelivery: delivery.redelivery,
  duration: Math.round(delivery.durationMs) / 1000,
  status: delivery.status,
  status_code: delivery.statusCode,
  event: delivery.event,
  action: delivery.action,
  installation_id: delivery.installationId,
  repository_id: delivery.repositoryId,
  throttled_at: null,
});

/** Newest first, with a cursor that is the id to go on from. */
function deliveries(call: Call): Answer {
  const size = Math.min(100, Number(call.query["per_page"] ?? 30) || 30);
  const cursor = call.query["cursor"];
  const from = cursor === undefined ? Infinity : Number(cursor.replace(/^v1_/, ""));
  const all = call.w.hook.log.toReversed().filter((one) => one.id < from && one.statusCode !== 0);
  const page = all.slice(0, size);
  const last = page.at(-1);
  const next = new URL(call.url);
  if (last !== undefined) next.searchParams.set("cursor", `v1_${last.id}`);
  return {
    status: 200,
    body: page.map(deliveryItem),
    ...(all.length > size ? { headers: { link: `<${next.toString()}>; rel="next"` } } : {}),
  };
}

function deliveryOf(call: Call): Delivery {
  const found = call.w.hook.log.find((one) => one.id === Number(call.params["delivery_id"]));
  if (found === undefined) throw notFound();
  return found;
}

function delivery(call: Call): Answer {
  const found = deliveryOf(call);
  const payload: unknown = JSON.parse(found.raw);
  return ok({
    ...deliveryItem(found),
    ...(call.w.hook.url === null ? {} : { url: call.w.hook.url }),
    request: { headers: headersOf(call.w, found), payload },
    response: { headers: {}, payload: "" },
  });
}

function attempt(call: Call): Answer {
  redeliver(call.w, deliveryOf(call));
  return { status: 202, body: {} };
}

/** The end of the manifest flow: the code is good once, and the answer is the only time the key is shown. */
function convert(call: Call): Answer {
  const { w } = call;
  const code = call.params["code"] ?? "";
  if (!w.manifests.has(code)) throw notFound();
  w.manifests.delete(code);
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  w.app.publicKey = publicKey;
  return ok(
    {
      ...appShape(w, w.app),
      client_id: w.app.clientId,
      client_secret: w.logins.clientSecret,
      webhook_secret: w.hook.secret,
      pem: privateKey.export({ type: "pkcs1", format: "pem" }),
    },
    201,
  );
}

function installationFor(call: Call, accountId: number | undefined): Answer {
  const found = mine(call.w).find((one) => one.accountId === accountId);
  if (found === undefined) throw notFound();
  return ok(installationShape(call.w, found));
}

export const appRoutes: readonly Route[] = [
  {
    name: "GET /app",
    needs: "app",
    handle: ({ w }) => ok({ ...appShape(w, w.app), installations_count: mine(w).length }),
  },
  {
    name: "GET /app/installations",
    needs: "app",
    handle: (call) => paged(call, mine(call.w), (page) => page.map((one) => installationShape(call.w, one))),
  },
  {
    name: "GET /app/installations/{installation_id}",
    needs: "app",
    handle: (call) => ok(installationShape(call.w, installationOf(call))),
  },
  { name: "PUT /app/installations/{installation_id}/suspended", needs: "app", handle: changed(suspendInstallation) },
  {
    name: "DELETE /app/installations/{installation_id}/suspended",
    needs: "app",
    handle: changed(unsuspendInstallation),
  },
  { name: "DELETE /app/installations/{installation_id}", needs: "app", handle: changed(deleteInstallation) },
  { name: "POST /app/installations/{installation_id}/access_tokens", needs: "app", handle: newToken },
  {
    name: "GET /orgs/{org}/installation",
    needs: "app",
    handle: (call) => installationFor(call, findAccount(call.w, call.params["org"] ?? "")?.id),
  },
  {
    name: "GET /repos/{owner}/{repo}/installation",
    needs: "app",
    handle: (call) =>
      installationFor(call, findRepository(call.w, `${call.params["owner"]}/${call.params["repo"]}`)?.ownerId),
  },
  { name: "DELETE /installation/token", needs: "installation", handle: revoke },
  { name: "GET /installation/repositories", needs: "installation", handle: repositories },
  { name: "GET /app/hook/config", needs: "app", handle: ({ w }) => ok(hookConfig(w)) },
  { name: "PATCH /app/hook/config", needs: "app", handle: setHookConfig },
  { name: "GET /app/hook/deliveries", needs: "app", handle: deliveries },
  { name: "GET /app/hook/deliveries/{delivery_id}", needs: "app", handle: delivery },
  { name: "POST /app/hook/deliveries/{delivery_id}/attempts", needs: "app", handle: attempt },
  { name: "POST /app-manifests/{code}/conversions", needs: "none", handle: convert },
  { name: "GET /rate_limit", needs: "none", handle: ({ w }) => ok(rateLimit(w)) },
  {
    name: "GET /meta",
    needs: "none",
    handle: () => ok({ verifiable_password_authentication: false, hooks: ["127.0.0.0/8"] }),
  },
];

function rateLimit(w: World): unknown {
  const bucket = { limit: 5000, used: 0, remaining: 5000, reset: Math.floor(w.wallClock() / 1000) + 3600 };
  return {
    resources: { core: bucket, graphql: bucket, search: { ...bucket, limit: 30, remaining: 30 } },
    rate: bucket,
  };
}
