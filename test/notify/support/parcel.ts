import { instantOfMillis, tenantId } from "#kernel";
import type { Destination, Parcel } from "#notify";
import type { Secret } from "#notify/io";
import { aboutTicket } from "./stage.ts";

const found = tenantId("01ff0000-0000-7000-8000-00000000acme".replace("acme", "ac3e"));
if (found === null) throw new Error("no tenant id");
export const TENANT = found;

export const parcel = <To extends Destination>(to: To, more: Partial<Parcel> = {}): Parcel & { readonly to: To } => ({
  tenant: TENANT,
  key: `${TENANT}/ticket/7/1/nudge_72h/1`,
  message: {
    title: "Is it still broken?",
    text: "We asked you three days ago.\n\nWithout an answer this is closed on 1 March 2026, 12:00 CET. @team <!channel> https://evil.test",
    buttons: [{ label: "Open", url: "https://countersign.example/tickets/7" }],
  },
  about: aboutTicket(7, "nudge_72h"),
  madeAt: instantOfMillis(Date.now()),
  triedAt: null,
  ...more,
  to,
});

export const secretsOf =
  (values: Readonly<Record<string, string>>): Secret =>
  async (_, name) => {
    const text = values[name];
    return text === undefined ? { kind: "absent" } : { kind: "value", text };
  };

export const soon = (): AbortSignal => AbortSignal.timeout(10_000);
