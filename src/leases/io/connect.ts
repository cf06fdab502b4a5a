// Our own processes' side of the lease broker's socket.

import type { z } from "zod";
import { Fault, type TenantId } from "#kernel";
import { callPrivately } from "#platform/http";
import type { LeaseClient, RevokedAll } from "../types.ts";
import * as wire from "./wire.ts";

export interface ConnectedLeases extends LeaseClient {
  /** As `revokeAll`, and the log says that a person did it. */
  revokeByOperator(whose: { readonly tenant: TenantId; readonly run?: string }): Promise<RevokedAll>;
}

export function connectLeases(socket: string): ConnectedLeases {
  const line = callPrivately(socket, {
    answerMs: wire.wireLimits.answerMs,
    connections: wire.wireLimits.connections,
    lost: `The lease broker, which alone holds what it has minted, does not answer at ${socket}. It runs with the server: start that, or name your own with LEASE_BROKER_SOCKET.`,
  });

  async function ask<Answer>(path: string, question: object, answer: z.ZodType<Answer>): Promise<Answer> {
    const { status, body } = await line.post(path, question);
    const parsed = answer.safeParse(status === 200 ? JSON.parse(body) : null);
    if (parsed.success) return parsed.data;
    // Never the body itself: it may hold a handle.
    throw new Fault("broker_unavailable", `The lease broker answered ${status}; its log says why.`);
  }

  return {
    ask: (request) => ask("/ask", request, wire.asked),
    finish: (holder) => ask("/finish", holder, wire.finished),
    redeem: (holder) => ask("/redeem", holder, wire.redeemed),
    revokeAll: (whose) => ask("/revoke", whose, wire.revokedAll),
    revokeByOperator: (whose) => ask("/revoke", { ...whose, operator: true }, wire.revokedAll),
    open: async (tenant) => (await ask("/open", { tenant }, wire.open)).open,
    close: () => line.close(),
  };
}
