import { openGraph } from "./graph.ts";
import { GRAPH_FORMS, type GraphPlace } from "./graph-client.ts";
import { openImap } from "./imap.ts";
import { NAMES_OF, type MailboxKind, type MailParts, type MailSecret } from "./ports.ts";

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

/** What is missing or misspelt in what is sealed; null: nothing that can be seen from here. */
export function problemOf(kind: MailboxKind, sealed: ReadonlyMap<MailSecret, string>): string | null {
  const missing = NAMES_OF[kind].filter((name) => (sealed.get(name) ?? "").trim() === "");
  if (missing.length > 0) return `${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not set, or do not open.`; // prettier-ignore
  switch (kind) {
    case "graph":
      return GRAPH_FORMS.find(({ name, form }) => !form.test(sealed.get(name) ?? ""))?.problem ?? null;
    case "imap":
      return openImap(sealed.get("IMAP_URL") ?? "") === null
        ? "IMAP_URL is not of the form imaps://USER:PASSWORD@HOST/INBOX. In user and password, @ is written %40, % is %25, / is %2F."
        : null;
  }
}
