// What a client's own systems can hear of. A name is never given another meaning: what is said otherwise has another name or version.

export const EVENTS = [
  "ticket.opened",
  "ticket.changed",
  "ticket.page",
  "approval.requested",
  "approval.decided",
  "approval.page",
  "agent.stopped",
  "webhook.test",
] as const;

/** Of every payload: `{"type", "timestamp", "version", "data"}`. Members may be added to `data`, and none is taken away, within a version. */
export const PAYLOAD_VERSION = 1;

export const hears = (events: readonly string[], event: string): boolean =>
  events.length === 0 || event === "webhook.test" || events.includes(event);
