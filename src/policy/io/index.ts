export {
  openAbove,
  openPolicy,
  readConstitution,
  readFolder,
  shippedFolder,
  type Constitution,
  type Opened,
  type Folder,
} from "./constitution.ts";
export { examine, type Report } from "./examine.ts";
export { askedOpa, opaEngine, opaUrl, OPA_TIMEOUT_MS } from "./opa.ts";
