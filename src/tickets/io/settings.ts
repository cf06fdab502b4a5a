// How a client's tickets are treated, as its people set it.

import type { PersonId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { parsePagePlace } from "../places.ts";
import { labelNamed } from "../sources/github.ts";
import { hoursNow, type Hours } from "./calendars.ts";
import { lockedDesk, writeDesk, type Desk } from "./desk.ts";
import { deskEntry, entryOf } from "./entries.ts";
import { adopt, loginOf } from "./owners.ts";
import type { Actor, TicketsDeps } from "./types.ts";

export interface ShownDesk {
  readonly defaultOwner: { readonly person: PersonId; readonly login: string };
  readonly pages: readonly string[];
  readonly quiet: boolean;
  readonly label: string;
  readonly hours: Hours;
}

const MOST_PAGES = 5;

const shown = async (
  tx: TenantTx,
  desk: Pick<Desk, "defaultOwner" | "pages" | "quiet" | "label">,
): Promise<ShownDesk> => ({
  defaultOwner: { person: desk.defaultOwner, login: await loginOf(tx, desk.defaultOwner) },
  pages: desk.pages,
  quiet: desk.quiet,
  label: desk.label,
  hours: await hoursNow(tx),
});

export const showDesk = async (deps: TicketsDeps, tx: TenantTx): Promise<ShownDesk> =>
  shown(tx, await lockedDesk(deps, tx));

export type SetDesk =
  | { readonly kind: "set"; readonly desk: ShownDesk }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/** What is left out stays. `owner`: one of the client's people. */
export async function setDesk(
  deps: TicketsDeps,
  tx: TenantTx,
  wanted: {
    readonly owner?: PersonId;
    readonly pages?: readonly string[];
    readonly quiet?: boolean;
    readonly label?: string;
  },
  by: Actor,
): Promise<SetDesk> {
  const wrong = (wanted.pages ?? []).filter((text) => parsePagePlace(text) === null);
  if (wrong.length > 0 || (wanted.pages ?? []).length > MOST_PAGES)
    return {
      kind: "refused",
      problems: [
        `Where owners are paged is up to ${MOST_PAGES} of mail:ADDRESS and slack:TEAM/CHANNEL${wrong.length === 0 ? "" : `; ${wrong.map((text) => JSON.stringify(text)).join(", ")} is none`}.`,
      ],
    };
  const label = wanted.label === undefined ? null : labelNamed(wanted.label);
  if (wanted.label !== undefined && label === null)
    return { kind: "refused", problems: ["A label is 1 to 50 characters on one line, as GitHub takes one."] };
  const before = await lockedDesk(deps, tx);
  const after = {
    defaultOwner: wanted.owner ?? before.defaultOwner,
    pages: wanted.pages ?? before.pages,
    quiet: wanted.quiet ?? before.quiet,
    label: label ?? before.label,
  };
  await writeDesk(deps.keys, tx, after);
  const { defaultOwner, pages, quiet, label: was } = before;
  const body = {
    after: { ...after, pages: [...after.pages] },
    before: { defaultOwner, pages: [...pages], quiet, label: was },
  };
  await deps.append(tx, deskEntry(tx.tenantId, { kind: "ticket.desk", action: "set", by, body }));
  // INVARIANT (S1): whoever is made the default owner has those, too, whose owner left when nobody else was there.
  if (wanted.owner !== undefined)
    for (const each of await adopt(tx, wanted.owner))
      await deps.append(
        tx,
        entryOf(each, { kind: "ticket.own", by, body: { from: each.owner, to: wanted.owner, text: null } }),
      );
  return { kind: "set", desk: await shown(tx, after) };
}
