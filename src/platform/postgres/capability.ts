// Keys of the capability values. Not exported through the room's door: only this folder can make a transaction or a claim,
// so holding one is proof of where it came from.
export const tenantTx: unique symbol = Symbol("TenantTx");
export const platformTx: unique symbol = Symbol("PlatformTx");
export const operatorTx: unique symbol = Symbol("OperatorTx");
export const roleTx: unique symbol = Symbol("RoleTx");
export const claim: unique symbol = Symbol("TenantClaim");
