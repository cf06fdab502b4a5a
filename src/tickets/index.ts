export { parseCalendar, workAfter, workBetween, type Calendar } from "./calendar.ts";
export { namesAny } from "./beside.ts";
export { breachAt, clocks } from "./clocks.ts";
export { customerAddress, shippedFor } from "./customer.ts";
export { decide, SENDERS, thawed, type Act, type Decided, type Sender } from "./decide.ts";
export { ticketDocument } from "./document.ts";
export { CHANNELS, type Channel, type From, type Heard, type HeardAnswer, type Signal } from "./heard.ts";
export { watchIdle } from "./idle.ts";
export { clientOf, pullNamed, ticketNamed } from "./named.ts";
export { nextActFirst } from "./order.ts";
export {
  isOfTickets,
  type About,
  type Button,
  type Message,
  type OfTickets,
  type Outgoing,
  type Place,
  type RepositoryPlace,
} from "./outgoing.ts";
export { closeAt, deadlineOf, nextOf, STAGES, type Claimed } from "./stages.ts";
export * from "./types.ts";
export { trustHint } from "./why.ts";
export { lasting, spell, stateWords } from "./words.ts";
export type { ConversationShown, LinkedPull, NextShown, PullState, Said, TicketView, TicketWhole } from "./view.ts";
export {
  githubConversation,
  githubPlace,
  githubSignal,
  heardOnGithub,
  type CommentNews,
  type GithubAuthor,
  type GithubFacts,
  type GithubNews,
  type GoneNews,
  type IssueNews,
  type PullNews,
} from "./sources/github.ts";
export {
  heardOnSlack,
  slackConversation,
  slackInstant,
  slackPlace,
  slackSignal,
  type SlackNews,
  type SlackPlace,
  type SlackWord,
} from "./sources/slack.ts";
export {
  judgeMail,
  mailConversation,
  ticketNumber,
  withoutQuotes,
  type JudgedMail,
  type MailFacts,
  type ReadMail,
} from "./sources/mail.ts";
