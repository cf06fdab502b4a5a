// What happens in a trace, in one order: the invariants are predicates over these, over the rows and over the log.

import type { Scope } from "#controls";
import type { Answer, Asked, Packet, SignedPacket } from "#gateway";
import type { Port } from "./faults.ts";

/** What a call counts as, by the trace's own table: not by the program's. */
export interface Volume {
  readonly updates: number;
  readonly cents: number;
}

/** `at`: by the clock that nobody sets. `side`: 0 or 1, which of the two tenants. */
export type Happened = { readonly at: number } & (
  | {
      readonly kind: "asked";
      readonly side: number;
      readonly n: number;
      readonly asked: Asked;
      readonly volume: Volume;
    }
  | { readonly kind: "answered"; readonly side: number; readonly n: number; readonly answer: Answer }
  | { readonly kind: "killed"; readonly scope: Scope }
  | { readonly kind: "armed" }
  | { readonly kind: "requested"; readonly side: number; readonly approval: string }
  | {
      readonly kind: "said";
      readonly side: number;
      readonly approval: string;
      readonly yes: boolean;
      readonly may: boolean;
    }
  | { readonly kind: "roles"; readonly approver: boolean }
  | {
      readonly kind: "signed";
      readonly side: number;
      readonly call: string;
      readonly during: number | null;
      readonly signed: SignedPacket;
    }
  | {
      readonly kind: "executed";
      readonly side: number;
      readonly packet: Packet;
      readonly headNow: string;
      readonly stopped: boolean;
      /** The question that was just being asked; null: it goes on after people, or comes out of a queue. */
      readonly during: number | null;
    }
  /** The doer is through with it, whatever the tool still does. */
  | { readonly kind: "over"; readonly side: number; readonly call: string }
  /** A credential was tried. `over`: after the doer was through. */
  | {
      readonly kind: "used";
      readonly side: number;
      readonly call: string;
      readonly since: number;
      readonly live: boolean;
      readonly over: boolean;
      readonly repositories: readonly number[];
    }
  | { readonly kind: "crossed"; readonly what: string; readonly reached: boolean }
  | { readonly kind: "reset"; readonly side: number }
  | { readonly kind: "budget"; readonly side: number; readonly left: number | null }
  | { readonly kind: "died"; readonly who: "gateway" | "doer"; readonly step: string }
  | { readonly kind: "broke"; readonly port: Port }
  | { readonly kind: "clock"; readonly by: number }
  | { readonly kind: "wire"; readonly does: string }
);
export type Of<Kind extends Happened["kind"]> = Extract<Happened, { kind: Kind }>;

export const those = <Kind extends Happened["kind"]>(all: readonly Happened[], kind: Kind): readonly Of<Kind>[] =>
  all.filter((each): each is Of<Kind> => each.kind === kind);

/** An answer of the circuit breaker's. */
export const isTrip = (each: Happened): boolean =>
  each.kind === "answered" &&
  each.answer.kind === "failed" &&
  /^This (?:agent is stopped since|call would bring)/.test(each.answer.why);

/** How often each of these came about says how deep the traces go. */
export function nameOf(each: Happened): string {
  if (each.kind === "answered") {
    if (isTrip(each)) return "answered by the breaker";
    return "code" in each.answer ? `answered ${each.answer.code}` : `answered ${each.answer.kind}`;
  }
  if (each.kind === "executed" && each.packet.approval !== null) return "executed on a person's yes";
  if (each.kind === "said") return each.yes ? "said yes" : "said no";
  return each.kind === "died" ? `died: ${each.who}` : each.kind;
}
