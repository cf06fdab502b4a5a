// What a browser's authenticator answers, as JSON of the page's script. Its meaning is checked by @simplewebauthn/server.

import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  RegistrationResponseJSON,
} from "@simplewebauthn/server";
import { z } from "zod";

const TRANSPORTS = ["ble", "hybrid", "internal", "nfc", "usb"] as const satisfies readonly AuthenticatorTransport[];
const base64url = z
  .string()
  .regex(/^[A-Za-z0-9_-]*$/)
  .max(100_000);

/** What an authenticator calls the ways to it; one that we do not know is left out, and only a hint for the browser is lost. */
export const transports = z
  .array(z.string())
  .max(32)
  .transform((all) => TRANSPORTS.filter((each) => all.includes(each)));

export const registrationResponse: z.ZodType<RegistrationResponseJSON> = z
  .object({
    id: base64url,
    rawId: base64url,
    type: z.literal("public-key"),
    response: z.object({
      clientDataJSON: base64url,
      attestationObject: base64url,
      transports: transports.default([]),
    }),
  })
  .transform((answer) => ({ ...answer, clientExtensionResults: {} }));

export const authenticationResponse: z.ZodType<AuthenticationResponseJSON> = z
  .object({
    id: base64url,
    rawId: base64url,
    type: z.literal("public-key"),
    response: z.object({ clientDataJSON: base64url, authenticatorData: base64url, signature: base64url }),
  })
  .transform((answer) => ({ ...answer, clientExtensionResults: {} }));
