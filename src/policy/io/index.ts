export {
  openPolicy,
  readConstitution,
  readFolder,
  shippedFolder,
  type Constitution,
  type Folder,
} from "./constitution.ts";
export { examine, type Report } from "./examine.ts";
