/**
 * Digest of the rules in policies/floor: what cannot be configured cannot be edited on the disk either. Changed with those files and a
 * reviewer's eyes, in one commit. A decision packet names the set it was decided by; the doer refuses another floor.
 */
export const FLOOR_HASH = "ccd4a8444bb9a635d59faf955917c1fe80fb6248bcdde95056154a0c9d696bd8";
