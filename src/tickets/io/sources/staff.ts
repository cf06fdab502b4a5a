import type { Person } from "#identity";

/** Somebody of ours: who runs Countersign for this client. Its approvers and viewers are the client's own people. */
export const isStaff = (person: Person | null): boolean =>
  person !== null && person.roles.some((role) => role === "operator" || role === "admin");
