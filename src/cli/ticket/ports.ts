// What the commands about tickets ask of main.

import type { CloseReason, State, TicketView, TicketWhole } from "#tickets";
import type { ClockState, ShownDesk } from "#tickets/io";
import type { Refused } from "../command.ts";

export interface OfTicket {
  readonly tenant: string | null;
  /** Its number, ACME-7, or its id. */
  readonly ticket: string;
}

export type AskedAct =
  | { readonly kind: "ask" | "reply"; readonly text: string }
  | { readonly kind: "triage" | "start" | "resolve" | "reopen"; readonly text: string | null }
  | { readonly kind: "close"; readonly reason: Exclude<CloseReason, "aged_out">; readonly text: string | null }
  /** `pull`: as acme/app#12. */
  | { readonly kind: "link" | "unlink"; readonly pull: string }
  /** `read`: how many messages were on it when the person read it. */
  | { readonly kind: "trust"; readonly read: number }
  | { readonly kind: "reassign"; readonly login: string };

export interface Opening {
  readonly tenant: string | null;
  readonly title: string;
  readonly text: string;
  /** null: it is of ours. */
  readonly customer: { readonly name: string; readonly address: string | null } | null;
}

export interface Done {
  readonly kind: "done";
  readonly name: string;
  readonly state: State;
  /** By which ways its words leave, and whether they wait there for a credential of the client's. null: the act had none. */
  readonly told: readonly { readonly channel: string; readonly held: boolean }[] | null;
}

export interface ShownAtDesk {
  readonly desk: ShownDesk;
  /** How many webhooks hear `ticket.page`. */
  readonly receivers: number;
}

export interface TicketPorts {
  readonly list: (asked: {
    readonly tenant: string | null;
    readonly owner: string | null;
    readonly all: boolean;
  }) => Promise<
    | Refused
    | {
        readonly kind: "tickets";
        readonly tickets: readonly TicketView[];
        /** Clients that are suspended: their tickets stand still, and are read by nobody. Only the operator's login knows of them. */
        readonly suspended: readonly string[];
      }
  >;
  readonly show: (asked: OfTicket) => Promise<Refused | { readonly kind: "ticket"; readonly ticket: TicketWhole }>;
  readonly open: (asked: Opening) => Promise<Refused | { readonly kind: "opened"; readonly name: string }>;
  /** `unchanged`: it was so before. */
  readonly act: (
    asked: OfTicket & { readonly act: AskedAct },
  ) => Promise<Refused | Done | { readonly kind: "unchanged"; readonly why: string }>;
  readonly desk: (tenant: string | null) => Promise<Refused | ({ readonly kind: "desk" } & ShownAtDesk)>;
  readonly setDesk: (asked: {
    readonly tenant: string | null;
    readonly owner: string | null;
    /** null: as they are. */
    readonly pages: readonly string[] | null;
    readonly quiet: boolean | null;
    readonly label: string | null;
  }) => Promise<Refused | ({ readonly kind: "desk" } & ShownAtDesk)>;
  readonly setHours: (asked: {
    readonly tenant: string | null;
    /** A file of JSON; null: the calendar stays. */
    readonly file: string | null;
    /** Of work; null: it stays. */
    readonly targetMs: number | null;
  }) => Promise<
    | Refused
    | { readonly kind: "set"; readonly version: number; readonly moved: number }
    | { readonly kind: "unchanged"; readonly version: number }
  >;
  readonly clock: () => Promise<Refused | { readonly kind: "clock"; readonly clock: ClockState }>;
  readonly believe: () => Promise<Refused | { readonly kind: "believed"; readonly changed: boolean }>;
}
