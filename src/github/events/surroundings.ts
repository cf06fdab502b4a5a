// The ground a verdict stands on: rulesets, people, names, the installation itself.

import { z } from "zod";
import { repository } from "./payloads.ts";
import { IGNORED, meaning, refTo, translation } from "./translate.ts";

const about = z.object({ action: z.string().nullish(), repository: repository.nullish() });

/** Rulesets of an organisation name no repository: then everything is swept. */
export const onProtection = translation(about, (event, origin) => {
  if (event.repository === null || event.repository === undefined)
    return meaning({ work: [{ kind: "reconcile", repository: null }] });
  return meaning({ work: [{ kind: "watch_protection", repository: refTo(event.repository, origin) }] });
});

/** Somebody's rights changed: an approval may count no longer. */
export const onPeople = translation(about, (event, origin) => {
  const where = event.repository === null || event.repository === undefined ? null : refTo(event.repository, origin);
  return meaning({ work: [{ kind: "reconcile", repository: where }] });
});

const RENAMES = new Set([
  "renamed",
  "transferred",
  "edited",
  "archived",
  "unarchived",
  "created",
  "publicized",
  "privatized",
]);

export const onRepository = translation(about.extend({ repository }), (event, origin) =>
  RENAMES.has(event.action ?? "")
    ? meaning({ work: [{ kind: "reconcile", repository: refTo(event.repository, origin) }] })
    : IGNORED,
);

/** After `deleted` and `suspend` there is nothing left to read with: that it is so is noted, and that is all. */
const READABLE = new Set(["created", "new_permissions_accepted", "added", "removed"]);

export const onInstallation = translation(z.object({ action: z.string() }), ({ action }) => {
  switch (action) {
    case "deleted":
    case "suspend":
      return meaning({ installation: action });
    case "unsuspend":
      return meaning({ installation: action, work: [{ kind: "reconcile", repository: null }] });
    default:
      return READABLE.has(action) ? meaning({ work: [{ kind: "reconcile", repository: null }] }) : IGNORED;
  }
});
