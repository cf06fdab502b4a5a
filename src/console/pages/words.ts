import type { Standing, VoidCause } from "#approvals";
import type { Instant } from "#kernel";

/** `12 minutes left`: rounded down, so that nobody counts on a minute that is not there. */
export function left(until: Instant, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((until - nowMs) / 1_000));
  if (seconds < 60) return seconds === 0 ? "time is over" : "less than a minute left";
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} ${minutes === 1 ? "minute" : "minutes"} left`;
  return `${Math.floor(minutes / 60)} hours left`;
}

const VOID: Readonly<Record<VoidCause, string>> = {
  superseded: "the agent asked again, with something else",
  head_moved: "the pull request has a newer commit, so that this is not what would run now",
  client_suspended: "this client is suspended",
  rules_changed: "the rules changed since; the agent has to ask again under the new ones",
  arguments_changed: "what would run now is not what was asked",
  approver_changed: "somebody who said yes may not approve any more",
  not_used: "the yes was not used in time",
  stopped: "the agent, the repository or the client was stopped",
  pull_request_closed: "the pull request was closed",
};

/** How a request stands, in one sentence. */
export function standingSentence(standing: Standing): string {
  switch (standing.kind) {
    case "pending":
      return standing.of === 1
        ? "Waiting for one person's answer."
        : `Waiting: ${standing.yes} of ${standing.of} people said yes.`;
    case "approved":
      return `Approved by ${standing.by.map(({ login }) => login).join(" and ")}. It is checked again, and then carried out.`;
    case "rejected":
      return `Rejected by ${standing.by}${standing.reason === "" ? "" : `: ${standing.reason}`}. It will not be done.`;
    case "expired":
      return "Nobody answered in time, so it will not be done. Nobody said no.";
    case "void":
      return `Ended without an answer: ${VOID[standing.why]}.`;
  }
}
