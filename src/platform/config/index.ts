export {
  connectedFile,
  connectedPlaceProblem,
  readConnectedApp,
  writeConnectedApp,
  type ConnectedApp,
  type NewConnectedApp,
} from "./connected.ts";
export {
  LONGEST_SOCKET,
  readBrokerConfig,
  readBrokerPlace,
  readConfig,
  type Environment,
  type Wanted,
} from "./read.ts";
export { SETTINGS, type Setting } from "./settings.ts";
export type {
  AuditConfig,
  BrokerConfig,
  Config,
  DatabaseConfig,
  DemoConfig,
  GitHubConfig,
  HttpConfig,
  InvalidConfig,
  ServeConfig,
} from "./types.ts";
export { publicUrlOf } from "./types.ts";
