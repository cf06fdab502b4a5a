// What people read: why an answer did not count, and how a request ended.

import type { Refusal, VoidCause } from "./types.ts";

export function refusalWords(refusal: Refusal): { readonly why: string; readonly next: string } {
  switch (refusal) {
    case "not_an_approver":
      return {
        why: "Your account is no approver here.",
        next: "Ask an admin of this client for the role approver, or leave it to somebody who has it.",
      };
    case "own_request":
      return {
        why: "This was asked for on your behalf, and nobody approves their own request.",
        next: "Ask another approver. You can reject it.",
      };
    case "own_agent":
      return {
        why: "This was asked by your own agent, and nobody approves what their own agent asks.",
        next: "Ask another approver. You can reject it.",
      };
    case "other_arguments":
      return {
        why: "What you were shown is not what would run: it was changed after the page was opened.",
        next: "Open the request again and look at it once more.",
      };
    case "step_up_missing":
      return {
        why: "This is of high risk: a yes needs your passkey, over exactly this.",
        next: "Approve with the passkey button. Without a passkey, add one to your account first.",
      };
    case "step_up_refused":
      return {
        why: "The passkey's proof is not over exactly this answer, is not yours, or was used before.",
        next: "Open the request again and use your passkey once more.",
      };
    case "only_on_the_page":
      return {
        why: "A yes is given on the page alone, where all of it is shown. From here it can only be rejected.",
        next: "Open the link, sign in, look, and approve there.",
      };
    case "link_unknown":
      return {
        why: "This link opens nothing: it is mistyped, cut off, or of another request.",
        next: "Open the request from your queue of approvals.",
      };
    case "link_used":
      return {
        why: "This link was used for an answer before.",
        next: "Open the request from your queue of approvals.",
      };
    case "link_of_somebody_else":
      return {
        why: "This link was sent to somebody else.",
        next: "If you are an approver, open the request from your own queue of approvals.",
      };
    case "reason_missing":
      return {
        why: "A rejection needs a reason: the agent is told it, and may do better next time.",
        next: "Write one sentence and reject again.",
      };
    case "facts_unread":
      return {
        why: "Before a yes counts, what it is about is read again, and that cannot be read now.",
        next: "Try again in a minute.",
      };
  }
}

export function voidWords(cause: VoidCause): string {
  switch (cause) {
    case "superseded":
      return "the agent has asked for something else instead";
    case "head_moved":
      return "the pull request has new commits";
    case "client_suspended":
      return "the client was suspended meanwhile";
    case "rules_changed":
      return "the rules have changed since it was asked";
    case "arguments_changed":
      return "what would run is not what was asked any more";
    case "facts_changed":
      return "what it is about is not what it was when you were asked: the repository, the merge gate or a freeze has changed";
    case "approver_changed":
      return "too few of those who said yes may still approve";
    case "not_used":
      return "the yes was not used in time";
    case "stopped":
      return "it was stopped";
    case "pull_request_closed":
      return "the pull request is closed";
  }
}
