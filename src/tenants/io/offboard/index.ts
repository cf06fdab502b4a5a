export { credentialsOfLeaver } from "./credentials.ts";
export { drive, type Driven } from "./drive.ts";
export { horizonOf } from "./certify.ts";
export { offboardingOf, openOffboardings, takenOf, type Offboarding } from "./ledger.ts";
export { replicationSlots, rowsOf } from "./look.ts";
export { offboard, overrideProvider, type Offboarded, type Overridden } from "./order.ts";
export type { KeySide, OffboardParts } from "./parts.ts";
export { inspect, verifyDeparted } from "./verify.ts";
