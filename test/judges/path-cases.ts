import type { CertificateRefusal } from "../../packages/x509/src/certificates/verify-signature.ts";
import { element, sequence, unsignedInteger } from "../../packages/x509/src/der/write-der.ts";
import {
  type CertificateParts,
  extension,
  hex,
  newSigner,
  oidOf,
  time,
  utcTime,
} from "./certificate-parts.ts";

const HOUR_MS = 3_600_000;

/** Why a certificate is refused: by whom reads it, or in the words of the verdict. */
export type Refusal = "cannot be read" | CertificateRefusal;

/** What differs from a certificate that is accepted. */
export interface PathCase {
  readonly name: string;
  readonly change: (good: CertificateParts) => Partial<CertificateParts>;
  /** Undefined where it is accepted. */
  readonly refused?: Refusal | undefined;
  /** What OpenSSL, on which the client stands, does with it: it may not send it, or write it anew as it should be. */
  readonly sender?: "sends nothing" | "mends it" | undefined;
}

const usage = (bits: string) => extension(oidOf.keyUsage, hex(bits), true);
const digitalSignature = usage("03020780");
const clientAuth = extension(oidOf.extKeyUsage, hex("300a 06082b06010505070302"));
const notCa = extension(oidOf.basicConstraints, hex("3000"), true);
const basicConstraints = (value: string) => extension(oidOf.basicConstraints, hex(value), true);

/** The extensions of a good certificate, apart from the identifier of the authority's key. */
export const goodExtensions = [digitalSignature, clientAuth, notCa];

/** The same, with one taken out or another one in its place. */
const swap = (old: Buffer, fresh?: Buffer) => (good: CertificateParts) => ({
  extensions: good.extensions.flatMap((one) => (one.equals(old) ? (fresh ?? []) : [one])),
});
const add =
  (...more: Buffer[]) =>
  (good: CertificateParts) => ({ extensions: [...good.extensions, ...more] });
const withoutKeyId = ({ extensions }: CertificateParts) =>
  extensions.filter((one) => !one.includes(hex("0603551d23")));
const algorithm = (identifier: string) => () => ({
  innerAlgorithm: hex(identifier),
  outerAlgorithm: hex(identifier),
});
const stranger = newSigner();
const now = Date.now();

const readable: readonly PathCase[] = [
  { name: "nothing", change: () => ({}) },

  {
    name: "valid until a while ago",
    change: () => ({ notAfter: utcTime(now - HOUR_MS) }),
    refused: "expired",
  },
  {
    name: "valid from later on",
    change: () => ({ notBefore: utcTime(now + HOUR_MS) }),
    refused: "not yet valid",
  },
  {
    name: "ends before it begins",
    change: () => ({ notBefore: utcTime(now - HOUR_MS), notAfter: utcTime(now - 2 * HOUR_MS) }),
    refused: "expired",
  },
  { name: "valid for ever, as RFC 5280 writes that", change: () => ({ notAfter: time("99991231235959Z") }) },

  {
    name: "signed by another key",
    change: () => ({ signer: stranger.privateKey }),
    refused: "bad signature",
  },
  {
    name: "another authority of the same name, by the identifier of its key",
    change: (good) => ({
      extensions: [
        ...withoutKeyId(good),
        extension(oidOf.authorityKeyId, hex(`3016 8014 ${"ab".repeat(20)}`)),
      ],
    }),
    refused: "unknown issuer",
  },
  { name: "no word on the key of the authority", change: (good) => ({ extensions: withoutKeyId(good) }) },
  {
    name: "the name of another authority",
    change: () => ({ issuer: hex("3010 310e 300c 0603550403 0c05 6f74686572") }),
    refused: "unknown issuer",
  },
  {
    name: "the name of the authority in other letters",
    change: ({ issuer }) => ({
      issuer: Buffer.from(issuer.toString("latin1").replace("test", "TEST"), "latin1"),
    }),
    refused: "unknown issuer",
  },
  { name: "issued by itself", change: ({ subject }) => ({ issuer: subject }), refused: "unknown issuer" },
  {
    name: "one bit of the signature is another",
    change: () => ({
      signature: (made) => Buffer.from(made.map((octet, at) => (at === made.length - 1 ? octet ^ 1 : octet))),
    }),
    refused: "bad signature",
  },
  {
    name: "an empty signature",
    change: () => ({ signature: () => hex("030100") }),
    refused: "bad signature",
  },
  {
    name: "a signature of zeros",
    change: () => ({ signature: () => hex("0309 00 3006020100020100") }),
    refused: "bad signature",
  },
  {
    name: "said to be signed with SHA-512, and is not",
    change: algorithm("300a06082a8648ce3d040304"),
    refused: "bad signature",
  },
  {
    name: "said to be signed with RSA, and is not",
    change: algorithm("300d06092a864886f70d01010b0500"),
    refused: "bad signature",
  },

  { name: "a CA", change: swap(notCa, basicConstraints("30030101ff")), refused: "is a CA" },
  {
    name: "a CA that may issue end entities alone",
    change: swap(notCa, basicConstraints("30060101ff020100")),
    refused: "is a CA",
  },
  { name: "no word on being a CA", change: swap(notCa) },
  {
    name: "a key that signs certificates, of no CA",
    change: swap(digitalSignature, usage("03020284")),
    refused: "is a CA",
  },

  { name: "no key usage", change: swap(digitalSignature) },
  {
    name: "a key that only enciphers",
    change: swap(digitalSignature, usage("03020520")),
    refused: "wrong usage",
  },
  { name: "no extended key usage", change: swap(clientAuth), refused: "wrong usage" },
  {
    name: "for servers",
    change: swap(clientAuth, extension(oidOf.extKeyUsage, hex("300a06082b06010505070301"))),
    refused: "wrong usage",
  },
  {
    name: "for any purpose",
    change: swap(clientAuth, extension(oidOf.extKeyUsage, hex("300606 04551d2500"))),
    refused: "wrong usage",
  },
  {
    name: "extended key usage that has to be understood",
    change: swap(clientAuth, extension(oidOf.extKeyUsage, hex("300a06082b06010505070302"), true)),
  },

  { name: "an extension that nobody knows", change: add(extension("1.2.3.4", hex("0500"))) },
  {
    name: "one that nobody knows and all have to",
    change: add(extension("1.2.3.4", hex("0500"), true)),
    refused: "unknown critical extension",
  },
  {
    name: "constraints on names, which only a CA has",
    change: add(extension(oidOf.nameConstraints, hex("3011 a00f 300d 820b 6578616d706c652e636f6d"), true)),
    refused: "unknown critical extension",
  },
  { name: "other names", change: add(extension(oidOf.subjectAltNames, hex("3007 8205 612e636f6d"))) },
  { name: "serial number 0", change: () => ({ serial: unsignedInteger(0n) }) },
];

const senders: Readonly<Record<string, PathCase["sender"]>> = {
  "a serial number with a zero too many": "sends nothing",
  "a serial number of no octets": "sends nothing",
  "a time without seconds": "sends nothing",
  "a time that is a number": "sends nothing",
  "octets behind it": "sends nothing",
  "octets behind the extensions": "sends nothing",
  "cut off": "sends nothing",
  "a length of more octets than it takes": "mends it",
  "a length that is not told": "mends it",
};

const unreadable: readonly PathCase[] = (
  [
    ["the two algorithms differ", () => ({ outerAlgorithm: hex("300a06082a8648ce3d040303") })],
    ["SHA-1", algorithm("300906072a8648ce3d0401")],
    ["RSA-PSS", algorithm("300b06092a864886f70d01010a")],
    ["parameters where there are none", algorithm("300c06082a8648ce3d0403020500")],
    ["version 1", ({ extensions: _ }) => ({ version: Buffer.of(), extensions: [] })],
    ["version 2", () => ({ version: hex("a003020101") })],
    ["a negative serial number", () => ({ serial: hex("0201ff") })],
    ["a serial number with a zero too many", () => ({ serial: hex("02020001") })],
    ["a serial number of 22 octets", () => ({ serial: hex(`0216${"01".repeat(22)}`) })],
    ["a serial number of no octets", () => ({ serial: hex("0200") })],
    ["the same extension twice", add(clientAuth)],
    ["critical, in another way than TRUE is written", swap(notCa, hex("300c 0603551d13 010101 0402 3000"))],
    ["critical, said to be FALSE", swap(notCa, hex("300c 0603551d13 010100 0402 3000"))],
    ["a CA, in another way than TRUE is written", swap(notCa, basicConstraints("3003010101"))],
    ["a CA, said to be FALSE", swap(notCa, basicConstraints("3003010100"))],
    ["octets behind the constraints", swap(notCa, basicConstraints("30000500"))],
    ["a time without seconds", () => ({ notBefore: element(0x17, Buffer.from("2401010000Z")) })],
    ["a time with an offset", () => ({ notBefore: element(0x17, Buffer.from("240101000000+0100")) })],
    ["a time with a fraction", () => ({ notBefore: element(0x18, Buffer.from("20240101000000.5Z")) })],
    ["a day that is not in the calendar", () => ({ notBefore: time("240230000000Z") })],
    ["a time that is a number", () => ({ notBefore: unsignedInteger(20240101n) })],
    ["octets behind it", () => ({ whole: (made: Buffer) => Buffer.concat([made, hex("0500")]) })],
    ["octets behind the extensions", () => ({ afterExtensions: hex("0500") })],
    ["cut off", () => ({ whole: (made: Buffer) => made.subarray(0, -1) })],
    ["a length of more octets than it takes", () => ({ whole: longerLength })],
    ["a length that is not told", () => ({ whole: indefiniteLength })],
    ["unused bits in the signature", () => ({ signature: (made: Buffer) => withUnusedBits(made) })],
    ["no extensions, but their frame", () => ({ extensions: [], afterExtensions: hex("a302 3000") })],
    ["a name with a NUL", () => ({ subject: hex("300d 310b 3009 0603550403 0c02 6100") })],
    ["a name in T61", () => ({ subject: hex("300d 310b 3009 0603550403 1402 6162") })],
    ["a name of a set without a value", () => ({ subject: sequence(hex("3100")) })],
  ] as const satisfies readonly (readonly [string, PathCase["change"]])[]
).map(([name, change]) => ({ name, change, refused: "cannot be read", sender: senders[name] }));

function longerLength(made: Buffer): Buffer {
  return Buffer.concat([hex("308300"), made.subarray(2)]);
}

function indefiniteLength(made: Buffer): Buffer {
  return Buffer.concat([hex("3080"), made.subarray(4), hex("0000")]);
}

function withUnusedBits(made: Buffer): Buffer {
  const changed = Buffer.from(made);
  changed[2] = 1;
  return changed;
}

/** Certificates of a person, by the authority of users unless they say otherwise. */
export const pathCases: readonly PathCase[] = [...readable, ...unreadable];
