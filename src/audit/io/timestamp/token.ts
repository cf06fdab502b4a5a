// RFC 3161 tokens: asking for one, and everything that must hold before one is believed. The ASN.1, the CMS signature and
// the certificate path are pkijs's.

import { Integer, OctetString } from "asn1js";
import {
  AlgorithmIdentifier,
  Certificate,
  ExtKeyUsage,
  MessageImprint,
  PKIStatus,
  SignedData,
  TimeStampReq,
  TimeStampResp,
  TSTInfo,
  ContentInfo,
} from "pkijs";
import { instantOfMillis, type Instant } from "#kernel";
import { equal } from "#verifier";
import { sha256 } from "../sha256.ts";

const SHA256 = "2.16.840.1.101.3.4.2.1";
const TST_INFO = "1.2.840.113549.1.9.16.1.4";
const SIGNED_DATA = "1.2.840.113549.1.7.2";
const EXT_KEY_USAGE = "2.5.29.37";
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const COMMON_NAME = "2.5.4.3";

export interface Token {
  readonly kind: "token";
  /** TimeStampToken, DER. */
  readonly bytes: Uint8Array;
  readonly stampedAt: Instant;
  /** Of the certificate on its path that ends first. */
  readonly expiresAt: Instant;
  /** The common name in the authority's certificate. */
  readonly authority: string;
}
export type TokenJudgement = Token | { readonly kind: "refused"; readonly why: string };

const refused = (why: string): TokenJudgement => ({ kind: "refused", why });
/** A positive INTEGER in DER, of bytes that may begin with a set bit. */
const integer = (bytes: Uint8Array): Integer => new Integer({ valueHex: Uint8Array.of(0x01, ...bytes).buffer });

/** The DER of a request for a token over `data`. */
export function timestampRequest(data: Uint8Array, nonce: Uint8Array): Uint8Array {
  const request = new TimeStampReq({
    version: 1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: SHA256 }),
      hashedMessage: new OctetString({ valueHex: Uint8Array.from(sha256(data)).buffer }),
    }),
    nonce: integer(nonce),
    certReq: true,
  });
  return new Uint8Array(request.toSchema().toBER());
}

/**
 * Whether the answer is a token over `data`, for this request, by an authority that `trusted` vouches for at the token's own
 * time (audit.md, case 70: later its certificate may have ended, and nothing could be said any more).
 */
export async function judgeAnswer(
  answer: Uint8Array,
  asked: { readonly data: Uint8Array; readonly nonce: Uint8Array },
  trusted: readonly Uint8Array[],
): Promise<TokenJudgement> {
  try {
    const response = TimeStampResp.fromBER(Uint8Array.from(answer).buffer);
    const { status } = response.status;
    const granted = status === PKIStatus.granted || status === PKIStatus.grantedWithMods;
    if (!granted || response.timeStampToken === undefined) return refused(`the authority refused (status ${status})`);
    return await judge(response.timeStampToken, asked.data, asked.nonce, trusted);
  } catch (error) {
    return refused(reason(error));
  }
}

/** A token as it was kept, judged again; what it was asked with is no longer known. */
export async function judgeToken(
  token: Uint8Array,
  data: Uint8Array,
  trusted: readonly Uint8Array[],
): Promise<TokenJudgement> {
  try {
    return await judge(ContentInfo.fromBER(Uint8Array.from(token).buffer), data, null, trusted);
  } catch (error) {
    return refused(reason(error));
  }
}

async function judge(
  token: ContentInfo,
  data: Uint8Array,
  nonce: Uint8Array | null,
  trusted: readonly Uint8Array[],
): Promise<TokenJudgement> {
  if (token.contentType !== SIGNED_DATA) return refused("it is no signed data");
  const signed = new SignedData({ schema: token.content });
  const { eContent, eContentType } = signed.encapContentInfo;
  if (eContentType !== TST_INFO || eContent === undefined) return refused("it is signed data about something else");
  const info = TSTInfo.fromBER(eContent.getValue());
  if (info.messageImprint.hashAlgorithm.algorithmId !== SHA256) return refused("its imprint is not SHA-256");
  if (!equal(info.messageImprint.hashedMessage.valueBlock.valueHexView, sha256(data)))
    return refused("its imprint is that of something else");
  if (nonce !== null && (info.nonce === undefined || !equal(positive(info.nonce), positive(integer(nonce)))))
    return refused("it answers another request");
  if (signed.signerInfos.length !== 1) return refused("it does not have exactly one signature");
  const verified = await signed.verify({
    signer: 0,
    data: Uint8Array.from(data).buffer,
    trustedCerts: trusted.map((der) => Certificate.fromBER(Uint8Array.from(der).buffer)),
    checkChain: true,
    checkDate: info.genTime,
    extendedMode: true,
  });
  const { signatureVerified, signerCertificateVerified, signerCertificate, certificatePath } = verified;
  if (signatureVerified !== true) return refused("its signature does not verify");
  if (signerCertificateVerified !== true || signerCertificate === null || signerCertificate === undefined)
    return refused("no trusted authority vouches for its certificate");
  if (!mayStamp(signerCertificate)) return refused("its certificate is not one for timestamps");
  const ends = [signerCertificate, ...certificatePath].map((certificate) => certificate.notAfter.value.getTime());
  return {
    kind: "token",
    bytes: new Uint8Array(token.toSchema().toBER()),
    stampedAt: instantOfMillis(info.genTime.getTime()),
    expiresAt: instantOfMillis(Math.min(...ends)),
    authority: nameOf(signerCertificate),
  };
}

/** RFC 3161, 2.3: exactly this purpose, and critical. */
function mayStamp(certificate: Certificate): boolean {
  const extension = certificate.extensions?.find(({ extnID }) => extnID === EXT_KEY_USAGE);
  const usage: unknown = extension?.parsedValue;
  return (
    extension?.critical === true &&
    usage instanceof ExtKeyUsage &&
    usage.keyPurposes.length === 1 &&
    usage.keyPurposes[0] === TIME_STAMPING
  );
}

function nameOf(certificate: Certificate): string {
  const found = certificate.subject.typesAndValues.find(({ type }) => type === COMMON_NAME);
  const value: unknown = found?.value.valueBlock.value;
  return typeof value === "string" ? value.slice(0, 200) : "an authority without a name";
}

/** An INTEGER's bytes without the zeros that its sign may need. */
function positive(number: Integer): Uint8Array {
  const bytes = number.valueBlock.valueHexView;
  const start = bytes.findIndex((byte) => byte !== 0);
  return start < 0 ? new Uint8Array(0) : bytes.subarray(start);
}

/** pkijs throws objects of its own. */
function reason(error: unknown): string {
  if (typeof error === "object" && error !== null && "message" in error)
    return `it cannot be believed: ${String(error.message)}`;
  return "it is no RFC 3161 answer";
}
