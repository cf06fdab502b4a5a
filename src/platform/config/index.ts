export {
  connectedFile,
  connectedPlaceProblem,
  readConnectedApp,
  writeConnectedApp,
  type ConnectedApp,
  type NewConnectedApp,
} from "./connected.ts";
export { LONGEST_SOCKET, readBrokerConfig, readBrokerPlace } from "./audit.ts";
export { readDoerProcess } from "./doer-process.ts";
export { readLeaseProcess } from "./lease-process.ts";
export { readLeaseBrokerPlace } from "./leases.ts";
export { readConfig, type Wanted } from "./read.ts";
export type { Environment } from "./reader.ts";
export { secretValues } from "./secrets.ts";
export { SETTINGS, type Setting } from "./settings.ts";
export type {
  AgentOauthConfig,
  AuditConfig,
  TimestampConfig,
  BrokerConfig,
  ChannelsConfig,
  Common,
  Config,
  ControlsConfig,
  DatabaseConfig,
  DemoConfig,
  DispatchConfig,
  DoerProcessConfig,
  GitHubConfig,
  HttpConfig,
  InvalidConfig,
  KeyStoreConfig,
  LeaseBrokerConfig,
  ServeConfig,
  TelemetryConfig,
} from "./types.ts";
export { publicUrlOf } from "./types.ts";
