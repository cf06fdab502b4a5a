/** Node's own, for the verifier's port. It forgives what is no base64, so the text is made again and compared. */
export function fromBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : null;
}
