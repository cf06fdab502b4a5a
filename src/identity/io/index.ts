export {
  addAgent,
  agentOwner,
  agentsHere,
  issueAgentKey,
  listAgents,
  readAgent,
  revokeAgent,
  type AddedAgent,
  type Agent,
} from "./agents.ts";
export { agentNow, createAuthenticate, stillAsks, type Authenticate, type AuthenticateParts } from "./authenticate.ts";
export {
  issueKey,
  listKeys,
  recognise,
  revokeKey,
  rotateKey,
  useKey,
  type ApiKey,
  type Asker,
  type KeyAccess,
  type IssuedKey,
  type KeyHolder,
  type RevokeAccess,
} from "./keys.ts";
export {
  addOperator,
  addingAct,
  listOperators,
  revokeOperator,
  type Added,
  type AddedBy,
  type Operator,
} from "./operators.ts";
export {
  clientsOf,
  findPerson,
  listPeople,
  peopleOf,
  personByGithub,
  putPerson,
  removePerson,
  type AddedPerson,
  type ListedPerson,
  type Membership,
} from "./people.ts";
export { createPasskeys, type Confirmation, type Passkey, type Passkeys, type PasskeyPlace } from "./passkeys.ts";
export { beginChoice, endSession, openChoice, openSession, readSession, takeChoice, type Chooser } from "./sessions.ts";
export {
  createSecondPerson,
  dropActs,
  pendingActs,
  type AskedAct,
  type ConfirmedAct,
  type PendingAct,
  type SecondPerson,
  type TakenAct,
} from "./second-person.ts";
export {
  personBySlack,
  showSlackCode,
  slackAccounts,
  takeSlackCode,
  unlinkSlack,
  type LinkedSlack,
  type SlackAccount,
} from "./slack.ts";
export { createTokens, type OauthPlace, type VerifyToken } from "./tokens.ts";
