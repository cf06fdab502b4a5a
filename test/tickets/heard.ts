// A client's word, as GitHub brings it.

import { instantOfMillis } from "#kernel";
import type { Heard } from "#tickets";

let messages = 0;
export const heardOf = (more: Partial<Heard> = {}): Heard => ({
  channel: "github",
  conversation: "github:7#12",
  answers: [],
  number: null,
  message: `github:comment:${(messages += 1)}`,
  sender: "client_person",
  from: { name: "Carla", address: null, id: "42" },
  title: "The export is empty",
  text: "Since yesterday the export has no rows.",
  sentAt: instantOfMillis(Date.now()),
  opens: true,
  repository: null,
  ...more,
});
