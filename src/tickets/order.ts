import type { TicketView } from "./view.ts";

type Ordered = Pick<TicketView, "next" | "number" | "name">;

/** The next automatic act first; what waits for a delivery after it, and what is over at the end. The same as a client's own list (io/read.ts). */
export function nextActFirst(a: Ordered, b: Ordered): number {
  const over = Number(a.next === null) - Number(b.next === null);
  if (over !== 0) return over;
  const [first, second] = [a.next?.at ?? null, b.next?.at ?? null];
  if (first !== second) return first === null ? 1 : second === null ? -1 : first - second;
  return a.number - b.number || (a.name < b.name ? -1 : 1);
}
