export { CAPABILITIES, expiry, isKeyName, isKeyText, KEY_TAG, type Capability } from "./api-key.ts";
