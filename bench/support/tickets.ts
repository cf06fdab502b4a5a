// The room of tickets as these benchmarks need it: nobody has spoken, nobody was named, and the outbox is the real one.

import type { Append } from "#audit/io";
import { pullRequests } from "#gate/io";
import type { Keys } from "#keys/io";
import { createTell } from "#notify/io";
import { enqueue } from "#platform/jobs";
import { createScreening } from "#screening/io";
import { ownPrefix } from "#tenants/io";
import type { TicketsDeps } from "#tickets/io";

export function benchTickets(append: Append, keys: Keys, repository: TicketsDeps["repository"]): TicketsDeps {
  const screening = createScreening();
  return {
    append,
    keys,
    tell: createTell(keys, async () => []),
    lastSignal: async () => ({ kind: "silent" }),
    repository,
    pulls: pullRequests(enqueue),
    screen: (spans) => screening.screen(spans),
    prefix: ownPrefix,
  };
}
