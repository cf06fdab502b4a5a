/**
 * Digest of the rules in policies/floor: what cannot be configured cannot be edited on the disk either. Changed with those files and a
 * reviewer's eyes, in one commit. A decision packet names the set it was decided by; the doer refuses another floor.
 */
export const FLOOR_HASH = "5f706218d2a21574e65deee8b8fd9620c12c44bff94186e9dd12d7783959ee57";
