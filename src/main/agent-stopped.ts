// The client's owners hear that an agent of theirs is stopped: nobody but a person lets it go on.

import { stoppedMessage } from "#controls";
import { openBreakers, type OnTrip } from "#controls/io";
import { readAgent } from "#identity/io";
import type { AgentId } from "#kernel";
import type { Keys } from "#keys/io";
import type { TenantTx } from "#platform/postgres";
import { ownPrefix } from "#tenants/io";
import { ownerPlaces, type Tell } from "#tickets/io";

export interface AgentStoppedParts {
  readonly tell: Tell;
  readonly keys: Keys;
  /** The page of the controls; null: where browsers reach it is not known yet. */
  readonly page: () => string | null;
}

/** At the places of the client's desk, and as the event `agent.stopped`. */
export const tellAgentStopped =
  ({ tell, keys, page }: AgentStoppedParts): OnTrip =>
  async (tx, tripped) => {
    const { agent, call } = tripped;
    const name = (await readAgent(tx, agent))?.name ?? agent;
    const words = stoppedMessage(tripped, name, await ownPrefix(tx));
    const url = page();
    const message = { ...words, buttons: url === null ? [] : [{ label: "Look at what is stopped", url }] };
    // A call opens it once.
    const key = `stopped/${agent}/${call}`;
    const out = { message, about: { kind: "stopped", agent }, notBefore: null } as const;
    for (const [at, to] of (await ownerPlaces(keys, tx, message.title)).entries())
      await tell(tx, { ...out, key: `${key}/owner/${at + 1}`, to });
    const data = { agent, call, text: message.text };
    await tell(tx, { ...out, key: `${key}/event`, to: { kind: "webhooks", event: "agent.stopped", data } });
  };

/** Whoever reset it before the word left has looked already. */
export const stillStopped = async (tx: TenantTx, agent: AgentId): Promise<boolean> =>
  (await openBreakers(tx)).some((opened) => opened.agent === agent);
