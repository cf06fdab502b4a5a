import { openGraph } from "./graph.ts";
import type { GraphPlace } from "./graph-client.ts";
import { openImap } from "./imap.ts";
import type { MailParts } from "./ports.ts";

/** By what is sealed, in the kinds that there are. */
export const opener =
  (clock: () => number, place: GraphPlace): MailParts["open"] =>
  (kind, sealed) => {
    switch (kind) {
      case "graph":
        return openGraph(sealed, place, clock);
      case "imap":
        return openImap(sealed.get("IMAP_URL") ?? "");
    }
  };
