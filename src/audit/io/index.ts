export { createAudit, type Append, type Audit } from "./audit.ts";
export { createGroupCommit, type AppendAlone } from "./group-commit.ts";
export {
  intentHandlers,
  reconcileIntents,
  sweepIntents,
  type Answer,
  type AskWorld,
  type Conclude,
  type ReconcileParts,
} from "./intents.ts";
export { openWitness, type OpenWitness, type WitnessPlace } from "./witness/open.ts";
export { witnessRoutes } from "./witness/routes.ts";
export type { WitnessAnswer } from "./witness/keeper.ts";
export { connectBroker, type ConnectedBroker } from "./broker/connect.ts";
export { openBroker, type OpenBroker } from "./broker/open.ts";
export { serveBroker, type ServedBroker } from "./broker/serve.ts";
export type { Broker } from "./broker/sign.ts";
export { makeMonthsAhead, monthsAhead } from "./months.ts";
export { createGuardWatch, guardState, type GuardState } from "./guards.ts";
export { createStopLog, type Stop, type StopLog } from "./spool.ts";
export type { ReadEntry, ReadPart } from "./read.ts";
export { createAcknowledge, isWitnessed, receiptOf, type Acknowledge, type AcknowledgeParts } from "./acknowledge.ts";
export { readCheckpoint } from "./checkpoints.ts";
export { newestNote, provenUnderWitnesses, tenantFile, type TenantFile } from "./log-files.ts";
export { proveEntry, readLeaves } from "./proofs.ts";
export { openSequencer, type OpenSequencer, type SequencerParts } from "./sequencer/open.ts";
export { runSequencer, type RunningSequencer, type SequencerAlarm } from "./sequencer/run.ts";
export { compareWithSigner } from "./sequencer/signing.ts";
export { consistencyProof, inclusionProof, readTile, rootAt } from "./tiles.ts";
export { readReceipt } from "./receipts.ts";
export { stopAnyway, type Spool } from "./stops.ts";
export { databaseSource, type DatabaseSource } from "./sources/database.ts";
export { directorySource } from "./sources/directory.ts";
export { urlSource } from "./sources/url.ts";
export { sha256 } from "./sha256.ts";
export { holdsOf, liftHold, setHold, type Held, type LegalHold } from "./erase/hold.ts";
export { type OperatorActs } from "./erase/acts.ts";
export {
  erase,
  orderErasure,
  orderIn,
  type Erased,
  type EraseParts,
  type KeysOfTenants,
  type Ordered,
} from "./erase/tenant.ts";
export { forgetSubject, type Forgotten } from "./erase/subject.ts";
export { checkContiguity } from "./worm/contiguity.ts";
export { compareWorm, type Compared } from "./worm/compare.ts";
export { retire, type MonthAnswer, type RetentionParts } from "./worm/retention.ts";
export { cosignedCheckpoint, publishedCheckpoint, type PublishedCheckpoint } from "./publish/epoch-copy.ts";
export { createDirectoryAnchor } from "./publish/directory-anchor.ts";
export { createGitAnchor } from "./publish/git-anchor.ts";
export {
  createPublisher,
  platformNotes,
  type Publisher,
  type PublisherEvent,
  type PublisherParts,
} from "./publish/publisher.ts";
export { createWitnessing, type Round } from "./publish/witnessing.ts";
export { createTimestamping } from "./timestamp/client.ts";
export { entryDocument, type EntryDocument } from "./entry-document.ts";
export { formatCursor, FROM_NEWEST, FROM_OLDEST, parseCursor, type Cursor, type PageAsked } from "./page.ts";
export { appendAbout, enterLog, erasureOf, onHold } from "./erase/acts.ts";
export { reindex, type Reindexed } from "./reindex.ts";
export { exportLogs, type Exported, type ExportedLog } from "./export/export.ts";
export {
  createReading,
  type NotedRead,
  type Reading,
  type ShownEntry,
  type ShownPage,
  type ShownTo,
} from "./reading.ts";
export { verifyEd25519 } from "./ed25519.ts";
