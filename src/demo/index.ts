export { type AuditLine } from "./pages/pull.ts";
export { type Incident } from "./pages/list.ts";
export { type LogView, type Verification } from "./pages/log.ts";
export { tampered, TAMPERINGS, type OlderNote, type TamperingId } from "./tamper.ts";
export { mountDemo, type DemoPorts } from "./routes.ts";
export { DEMO_APP_ID, tellStory, type Story } from "./story.ts";
export { appKey, serveWorld, findRepository, account } from "./world/index.ts";
