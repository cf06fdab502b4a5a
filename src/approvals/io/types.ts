// What the room needs from the world, and what it does for others.

import type { Party } from "#audit";
import type { Append } from "#audit/io";
import type { AgentId, ApprovalId, CallId, Digest, Instant, Json, PersonId } from "#kernel";
import type { Keys } from "#keys/io";
import type { Person } from "#identity";
import type { Enqueue } from "#platform/jobs";
import type { TenantTx } from "#platform/postgres";
import type { ClickAnswer, Clicked } from "../clicked.ts";
import type { Notice, Place } from "../notices.ts";
import type { AnswerWord, Asked, Decided, Exactly, NewApproval, SignedIn, Standing, VoidCause } from "../types.ts";
import type { Posted } from "./reach.ts";

/** Exactly this answer to exactly this. */
export interface StepUpAsked {
  readonly person: PersonId;
  readonly approval: ApprovalId;
  readonly digest: Digest;
  readonly answer: AnswerWord;
}

/** The passkeys' side (room identity). */
export interface StepUp {
  /** The credential's id where the proof is of this person, over exactly this, and was not used before; null: it is not. */
  verify(tx: TenantTx, asked: StepUpAsked, proof: Json): Promise<string | null>;
}

export interface ApprovalsDeps {
  readonly append: Append;
  readonly enqueue: Enqueue;
  readonly keys: Keys;
  /** With the roles of this moment; null: nobody of this tenant. */
  readonly person: (tx: TenantTx, person: PersonId) => Promise<Person | null>;
  /** Whose agent it is; null: nobody's. */
  readonly owner: (tx: TenantTx, agent: AgentId) => Promise<PersonId | null>;
  readonly stepUp: StepUp;
  /** In the transaction that ended the request, whatever ended it. */
  readonly onDecided: (tx: TenantTx, ended: { readonly approval: ApprovalId; readonly call: CallId }) => Promise<void>;
  /** How approvers hear of it, beside the pull request and the page. null: nobody delivers from here. */
  readonly notices: {
    /** Into the outbox, in this transaction. The same key again is told once. */
    readonly tell: (tx: TenantTx, notice: Notice) => Promise<void>;
    /** Of a path of ours; null: this server does not know where others reach it. */
    readonly urlOf: (path: string) => string | null;
  } | null;
  /** Milliseconds that only grow: of this machine, since it started. */
  readonly monotonicMs: () => number;
  /** Which start of which machine that is. */
  readonly boot: string;
}

export interface Decision {
  readonly approval: ApprovalId;
  /** Of what the person was shown. */
  readonly digest: Digest;
  readonly answer: AnswerWord;
  readonly by: SignedIn;
  readonly stepUp: Json | null;
  readonly reason: string;
  /** The link through which the page was opened, if it was. */
  readonly link: string | null;
  /** Make the answer a proposed rule of the client's constitution. */
  readonly propose: boolean;
}

export interface OperatorNo {
  readonly approval: ApprovalId;
  /** The operator's name. */
  readonly by: string;
  readonly reason: string;
}

export type Used =
  | { readonly kind: "yes"; readonly standing: Extract<Standing, { kind: "approved" }> }
  | { readonly kind: "used_before"; readonly at: Instant }
  | { readonly kind: "no"; readonly standing: Standing | null };

/** As they would stand in the constitution's folder. */
export interface ProposalFiles {
  readonly title: string;
  readonly cedar: string | null;
  readonly cases: string | null;
  readonly prose: string | null;
}

export interface Proposal {
  readonly proposal: string;
  readonly approval: ApprovalId;
  readonly kind: "rule" | "guidance";
  /** The rule's id. */
  readonly rule: string;
  readonly state: "open" | "accepted" | "dropped";
  readonly at: Instant;
  readonly files: ProposalFiles;
}

export interface EndedProposal {
  readonly state: "accepted" | "dropped";
  readonly by: Party;
  readonly requestId: string;
}

export interface Approvals {
  /** Whether as many of this agent's requests wait as may: people could not find anything else any more. */
  crowded(tx: TenantTx, agent: AgentId): Promise<boolean>;
  /** In the transaction of the call's own state. The same call with the same digest again is the same request. */
  request(tx: TenantTx, asked: NewApproval): Promise<{ readonly approval: ApprovalId; readonly expiresAt: Instant }>;
  /**
   * How it stands now. INVARIANT (15): approved only while enough of those who said yes are still approvers. With `exactly`: also only for
   * exactly that. What does not stand is void for good, in this transaction.
   */
  standing(tx: TenantTx, approval: ApprovalId, exactly?: Exactly): Promise<Standing | null>;
  /**
   * The same for execution, in the transaction that writes its intent: with that commit the yes is used up. INVARIANT (13): once. Asked
   * again for what it was used for: `used_before`.
   */
  use(tx: TenantTx, approval: ApprovalId, exactly: Exactly): Promise<Used>;
  /** For the page. */
  read(tx: TenantTx, approval: ApprovalId): Promise<Asked | null>;
  /** Those that wait for somebody, the next to expire first. */
  queue(tx: TenantTx): Promise<readonly Asked[]>;
  decide(tx: TenantTx, decision: Decision): Promise<Decided>;
  /** False: it had ended before, or there is none. */
  voidIt(tx: TenantTx, approval: ApprovalId, why: VoidCause): Promise<boolean>;
  /** Ends what nobody answered in time. Gives how many. */
  expireDue(tx: TenantTx): Promise<number>;
  /** A no by whoever runs Countersign, from the command line. A yes is given on the page alone. */
  reject(tx: TenantTx, no: OperatorNo): Promise<Decided>;
  /** A click in a message, heard and verified. It can say no; a yes is given on the page alone. Every refusal is in the log. */
  clicked(tx: TenantTx, click: Clicked): Promise<ClickAnswer>;
  /** For whoever delivers: whether a notice is still to be said, and where Slack has put it. */
  stillToTell(tx: TenantTx, about: Notice["about"]): Promise<boolean>;
  /** No provider took it. `owners`: where the client's own are told. */
  lost(tx: TenantTx, about: Notice["about"], why: string, owners: readonly Place[]): Promise<void>;
  posted(tx: TenantTx, approval: ApprovalId, at: Posted): Promise<void>;
  /** Slack has written it over. */
  rewritten(tx: TenantTx, about: Notice["about"]): Promise<void>;
  readonly proposals: {
    /** The newest first; `all`: those that were accepted or dropped, too. */
    list(tx: TenantTx, all: boolean): Promise<readonly Proposal[]>;
    /** By its id, or by the rule's. */
    read(tx: TenantTx, named: string): Promise<Proposal | null>;
    /** False: it had ended before. */
    end(tx: TenantTx, proposal: Proposal, ended: EndedProposal): Promise<boolean>;
  };
  readonly links: {
    /** For one person, once. The text is in nobody's table. */
    issue(tx: TenantTx, to: { readonly approval: ApprovalId; readonly person: PersonId }): Promise<string>;
    /** Opening shows, and never decides. null: no link of this tenant's to this person. */
    open(tx: TenantTx, link: string, by: PersonId): Promise<ApprovalId | null>;
  };
}
