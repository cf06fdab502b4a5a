export {
  createCertificates,
  readCertificateOf,
  tombstone,
  type CertificateParts,
  type Departed,
  type Tombstone,
} from "./departed/certificate.ts";
export { orderAgain, type OrderedAgain } from "./departed/replay.ts";
export { createAssets, type AssetParts } from "./assets/remove.ts";
export { assetsOf, registerFiles, type RegisteredAsset } from "./assets/register.ts";
export { sweepAssets, type SweepParts } from "./assets/sweep.ts";
export { checkClientsRoot } from "./clients-root.ts";
export { openClients, type Clients } from "./clients.ts";
export {
  activeTenants,
  bindInstallation,
  listTenants,
  noteInstallation,
  onboard,
  ownInstallations,
  ownPrefix,
  unboundInstallations,
  type Bound,
  type By,
  type LostInstallation,
  type Onboarded,
  type OwnInstallation,
  type RegistryAccess,
  type Standstill,
  type Tenant,
  type TenantState,
} from "./registry.ts";
export { githubSide, installationWorld } from "./github-side.ts";
export { lostInstallations, noteInstallationState, shutUninstalled, type InstallationSaid } from "./installations.ts";
export { reinstate, suspend, type Reinstated, type SuspendAccess, type Suspended } from "./suspension.ts";
export {
  openSecret,
  openValue,
  readEnv,
  removeSecret,
  rotateSecrets,
  setSecret,
  type Opened,
  type SecretAccess,
  type Written,
} from "./secrets.ts";
export { rotateKek, type Rotated, type RotationAccess } from "./rotation.ts";
export { breakGlass, revoked, type BreakGlassAccess, type Broken, type BrokenGlass } from "./break-glass.ts";
export { revocations, type Revocation } from "./break-glass-rows.ts";
export * from "./offboard/index.ts";
