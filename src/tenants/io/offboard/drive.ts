// Takes every step of a client's way out that can be taken now. Whoever calls it again, after a crash or minutes later, goes on with
// the next one: each is done, looked at, and only then marked.

import sql from "sql-template-tag";
import { z } from "zod";
import { erasureOf, onHold } from "#audit/io";
import { Fault, type Instant, type TenantId } from "#kernel";
import { withOperator } from "#platform/postgres";
import { HARD_STEPS, nextStep, pauseAfter, SOFT_STEPS, type HardStep, type SoftStep } from "../../offboard.ts";
import { certify } from "./certify.ts";
import { detailOf, fail, isTaken, note, offboardingOf, take, takenOf, type Offboarding } from "./ledger.ts";
import { failed, taken, type Going, type OffboardParts, type StepAnswer } from "./parts.ts";
import { deleteRows, eraseUntil, forget } from "./rows.ts";
import { verifyGone } from "./verify.ts";
import {
  disableApiKeys,
  removeAgain,
  resumeInstallations,
  revokeAtProviders,
  revokeLeases,
  suspendInstallations,
} from "./world.ts";

export type Driven =
  | { readonly kind: "nothing" }
  /** Another process is at it. */
  | { readonly kind: "elsewhere" }
  /** Shut, and everything that can be undone is done: until `until` it can be taken back. */
  | { readonly kind: "window"; readonly until: Instant }
  | { readonly kind: "reinstated" }
  | { readonly kind: "waiting"; readonly why: string }
  /** `page`: a person has to hear of it now. */
  | { readonly kind: "failing"; readonly step: string; readonly why: string; readonly page: boolean }
  | { readonly kind: "gone" };

/** `patient` false: a step that failed a moment ago is tried at once. */
export async function drive(parts: OffboardParts, tenantId: TenantId, patient = true): Promise<Driven> {
  const held = await parts.verifier.hold(`offboard ${tenantId}`);
  if (held === null) return { kind: "elsewhere" };
  try {
    return await goOn(parts, tenantId, patient);
  } finally {
    await held.release();
  }
}

async function goOn(parts: OffboardParts, tenantId: TenantId, patient: boolean): Promise<Driven> {
  for (let first = true; ; first = false) {
    const now = await withOperator(parts.access, (tx) => offboardingOf(tx, tenantId));
    if (now === null) return { kind: "nothing" };
    if (now.endedAt !== null || now.prefix === null) return { kind: "gone" };
    if (first && patient && now.resting)
      return { kind: "waiting", why: now.problem ?? "It is tried again in a moment." };
    const going: Going = { tenantId, prefix: now.prefix, override: now.override };
    const next = await nextOf(parts, going, now);
    if (typeof next !== "string") return next;
    const answer = await orFailed(() => step(parts, going, now, next));
    if (answer.kind === "waiting") return answer;
    if (answer.kind === "failed") {
      const page = await withOperator(parts.access, (tx) => fail(tx, tenantId, answer.why, pauseAfter(now.tries)));
      return { kind: "failing", step: next, why: answer.why, page };
    }
    // The last step marks itself, with the name's end.
    if (next !== "certified") await withOperator(parts.access, (tx) => take(tx, tenantId, next, answer.detail));
    await parts.after?.(next);
  }
}

type Step = SoftStep | HardStep | "installations_resumed" | "purge";

/** The step to take, or why none is. */
async function nextOf(parts: OffboardParts, going: Going, now: Offboarding): Promise<Step | Driven> {
  const { tenantId } = going;
  if (now.state === "active") {
    if (!isTaken(now, "installations_resumed")) return "installations_resumed";
    await withOperator(parts.access, (tx) => tx.run(sql`select platform.offboard_over(${tenantId}::uuid)`));
    return { kind: "reinstated" };
  }
  // What its keys were is noted before their rows go, also where no soft phase ended.
  if (now.state !== "suspended")
    return nextStep<Step>(["api_keys_disabled", ...HARD_STEPS], takenOf(now)) ?? { kind: "gone" };
  // INVARIANT: what GitHub does not answer holds up no purge. The hard phase asks for all of it again, and for more.
  if (now.due) return "purge";
  return nextStep(SOFT_STEPS, takenOf(now)) ?? { kind: "window", until: now.hardAfter };
}

async function step(parts: OffboardParts, going: Going, now: Offboarding, which: Step): Promise<StepAnswer> {
  switch (which) {
    case "leases_revoked":
      return endLeases(parts, going);
    case "installations_suspended":
      return suspendInstallations(parts, going);
    case "api_keys_disabled":
      return disableApiKeys(parts, going);
    case "installations_resumed":
      return resumeInstallations(parts, detailOf(now, which));
    case "purge":
      return beginPurge(parts, going);
    case "provider_revoked":
      return revokeAtProviders(parts, going);
    case "keys_destroyed":
      return destroyKeys(parts, going);
    case "rows_deleted":
      return deleteRows(parts, going);
    case "files_removed":
      return removeAssets(parts, going);
    case "analysed":
      return forget(parts);
    case "verified":
      return verified(parts, going, now);
    case "certified":
      return certify(parts, going, now);
  }
}

/** INVARIANT: a lease that nobody ends keeps no installation awake: suspended, it makes nothing that the lease holds of any use. */
async function endLeases(parts: OffboardParts, going: Going): Promise<StepAnswer> {
  const answer = await orFailed(() => revokeLeases(parts, going));
  if (answer.kind === "failed") await suspendInstallations(parts, going);
  return answer;
}

/** What is expected of the world is an answer. What is a bug stays one. */
async function orFailed(work: () => Promise<StepAnswer>): Promise<StepAnswer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Fault && error.code !== "invariant_broken") return failed(error.message);
    throw error;
  }
}

/** INVARIANT: nothing that cannot be undone is done before a witness has signed the order. */
const beginPurge = (parts: OffboardParts, { tenantId }: Going): Promise<StepAnswer> =>
  withOperator(parts.access, async (tx): Promise<StepAnswer> => {
    if (await onHold(tx, tenantId)) return failed("A legal hold is on this client: nothing of it is erased.");
    const order = await erasureOf(tx, tenantId);
    if (order === null) return failed("The order to erase this client is not there.");
    if (!order.witnessed)
      return {
        kind: "waiting",
        why: "The order is not witnessed yet. That takes as long as the next epoch, and never comes where AUDIT_WITNESSES names nobody.",
      };
    const { begun } = await tx.one(
      sql`select platform.begin_purge(${tenantId}::uuid) as begun`,
      z.object({ begun: z.boolean() }),
    );
    return begun ? taken() : { kind: "waiting", why: "The client was taken back, or its time is not over." };
  });

async function destroyKeys(parts: OffboardParts, going: Going): Promise<StepAnswer> {
  const answer = await eraseUntil(parts, going, "keys_destroyed");
  if (answer.kind !== "taken") return answer;
  const keys = await parts.keys.destroy(going.tenantId);
  return (await parts.keys.opens(going.tenantId))
    ? failed("Something that was sealed for the client can still be opened.")
    : taken({ keys });
}

async function removeAssets(parts: OffboardParts, going: Going): Promise<StepAnswer> {
  const kinds: Record<string, number> = {};
  for (const { kind } of await parts.assets.list(going)) kinds[kind] = (kinds[kind] ?? 0) + 1;
  await withOperator(parts.access, (tx) => note(tx, going.tenantId, "files_removed", { assets: kinds }));
  await parts.after?.("assets noted");
  await parts.assets.remove(going);
  const left = await parts.assets.verify(going);
  return left.length === 0 ? taken() : failed(left.join(" "));
}

async function verified(parts: OffboardParts, going: Going, now: Offboarding): Promise<StepAnswer> {
  const log = await eraseUntil(parts, going, "checked");
  if (log.kind !== "taken") return log;
  await removeAgain(parts, going, detailOf(now, "provider_revoked"));
  const checks = await verifyGone(parts, going, now);
  const bad = checks.filter(({ result }) => result !== "pass");
  return bad.length === 0
    ? taken({ checks: checks.map(({ id }) => id) })
    : failed(bad.map(({ id, what, found }) => `(${id}) ${what}: ${found.join("; ")}`).join(" "));
}
