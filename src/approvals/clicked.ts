// A click in a message, after whoever heard it has checked its signature and its time.

import type { ApprovalId, PersonId } from "#kernel";

export interface Clicked {
  readonly approval: ApprovalId;
  readonly act: "approve" | "reject";
  /** The workspace it came from, and who clicked there. */
  readonly team: string;
  readonly user: string;
  /** Whose account that is among the client's people; null: nobody has bound it. */
  readonly person: PersonId | null;
  /** The click's own id, for the log. */
  readonly click: string;
}

/** For whoever clicked, and for nobody else. */
export interface ClickAnswer {
  readonly text: string;
}

/** null: this workspace is where the client's approvers are told. */
export const otherWorkspace = (clicked: Pick<Clicked, "team">, told: string | null): string | null =>
  told === clicked.team ? null : "This message's workspace is not the one where approvals of this client are told.";

export const NOT_BOUND =
  "Countersign does not know who you are among this client's people. Bind your Slack account first, or open the page and sign in.";

/** Nobody writes a sentence by clicking. */
export const WITHOUT_WORDS = "Rejected by a click in Slack, without words. The approver can say more.";
