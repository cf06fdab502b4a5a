// What a push asks for before its pack: pkt-lines, one for each ref (gitprotocol-pack, "Reference Update Request").

export type PushRuling = "incomplete" | "fine" | "refused";

/** More refs than a push of an execution's names. */
const MOST = 256 * 1024;
const COMMAND = /^([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) (refs\/[^\0\n]+)(?:\0[^\n]*)?\n?$/;
const SHALLOW = /^shallow (?:[0-9a-f]{40}|[0-9a-f]{64})\n?$/;

/**
 * `body`: as much of it as has come. INVARIANT: as over REST, a lease removes no ref and moves nothing but branches. What a command says of
 * the old value is compared by the server, so one that claims to make a tag moves none. A signed push, which says it in another way, is
 * refused with everything else that is no such list.
 */
export function rulePush(body: Uint8Array): PushRuling {
  const text = new TextDecoder("latin1").decode(body.subarray(0, MOST));
  for (let at = 0; ;) {
    const head = text.slice(at, at + 4);
    if (head.length < 4) return body.length < MOST ? "incomplete" : "refused";
    if (head === "0000") return "fine";
    const size = /^[0-9a-fA-F]{4}$/.test(head) ? Number.parseInt(head, 16) : 0;
    if (size < 5) return "refused";
    if (at + size > text.length) return body.length < MOST ? "incomplete" : "refused";
    const line = text.slice(at + 4, at + size);
    if (!SHALLOW.test(line) && !isCovered(line)) return "refused";
    at += size;
  }
}

function isCovered(line: string): boolean {
  const [, old = "", wanted = "", ref = ""] = COMMAND.exec(line) ?? [];
  if (ref === "" || isNothing(wanted)) return false;
  return ref.startsWith("refs/heads/") || isNothing(old);
}

const isNothing = (id: string): boolean => /^0+$/.test(id);
