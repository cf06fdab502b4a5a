import { voidWords, type Standing } from "#approvals";
import type { Instant } from "#kernel";

/** `12 minutes left`: rounded down, so that nobody counts on a minute that is not there. */
export function left(until: Instant, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((until - nowMs) / 1_000));
  if (seconds < 60) return seconds === 0 ? "time is over" : "less than a minute left";
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} ${minutes === 1 ? "minute" : "minutes"} left`;
  return `${Math.floor(minutes / 60)} hours left`;
}

const PEOPLE: Readonly<Record<number, string>> = { 2: "Two", 3: "Three", 4: "Four", 5: "Five" };

/** How a request stands, in one sentence. */
export function standingSentence(standing: Standing): string {
  switch (standing.kind) {
    case "pending":
      return standing.of === 1
        ? "Waiting for one person's answer."
        : `${PEOPLE[standing.of] ?? standing.of} different people have to say yes: ${standing.yes} of ${standing.of} did so far.`;
    case "approved":
      return `Approved by ${standing.by.map(({ login }) => login).join(" and ")}. It is checked again, and then carried out.`;
    case "rejected":
      return `Rejected by ${standing.by}${standing.reason === "" ? "" : `: ${standing.reason}`}. It will not be done.`;
    case "expired":
      return "Nobody answered in time, so it will not be done. Nobody said no.";
    case "void":
      return `Ended without an answer: ${voidWords(standing.why)}.`;
  }
}
