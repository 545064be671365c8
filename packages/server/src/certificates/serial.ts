import { randomFillSync } from "node:crypto";
import { AppError } from "@sallyport/api";

/**
 * What the certificates of one act of issuing are numbered with. The first 64 bits are the instant and a random part,
 * and are the id of the entry, so that either serial number leads to it; an X.509 serial number has 64 random bits
 * behind them. A store that was restored gives out no number twice, because time has gone on.
 */
export interface IssueNumber {
  /** 16 hexadecimal digits; the order of ids is that of issuing. */
  readonly id: string;
  readonly sshSerial: bigint;
  readonly x509Serial: bigint;
  /** `x509Serial`, 32 hexadecimal digits. */
  readonly x509Hex: string;
}

const ID_DIGITS = 16;
const X509_DIGITS = 32;
/** Random bits behind the milliseconds. */
const RANDOM_BITS = 22n;
/** Within a millisecond numbers go up by 1 to this many, so that one does not tell the next. */
const LARGEST_STEP = 256;

/** Gives out numbers that never come twice, also when the clock goes back. */
export function openIssueNumbers(): (now: number) => IssueNumber {
  let latest = 0n;
  const nextRandom = openPool();
  return (now) => {
    const random = nextRandom();
    const fresh =
      (BigInt(Math.max(0, Math.floor(now))) << RANDOM_BITS) | BigInt(random.readUInt32BE(0) >>> 10);
    latest = fresh > latest ? fresh : latest + 1n + BigInt((random[3] ?? 0) % LARGEST_STEP);
    const id = latest.toString(16).padStart(ID_DIGITS, "0");
    const x509Hex = id + random.toString("hex", 4);
    return { id, sshSerial: latest, x509Serial: BigInt(`0x${x509Hex}`), x509Hex };
  };
}

const RANDOM_BYTES = 12;
const POOL_BYTES = 4096 - (4096 % RANDOM_BYTES);

/** From a pool, since asking the system costs more than the rest of a number; no octet is given twice. */
function openPool(): () => Buffer {
  const pool = Buffer.alloc(POOL_BYTES);
  let place = POOL_BYTES;
  return () => {
    if (place === POOL_BYTES) {
      randomFillSync(pool);
      place = 0;
    }
    place += RANDOM_BYTES;
    return pool.subarray(place - RANDOM_BYTES, place);
  };
}

/** The serial number of an X.509 certificate, as the inventory writes it. */
export const x509SerialText = (serial: bigint): string => serial.toString(16).padStart(X509_DIGITS, "0");

/** The id of the entry that a certificate with this serial number would be. */
export const idOfSerial = (x509Hex: string): string | undefined =>
  x509Hex.length === X509_DIGITS ? x509Hex.slice(0, ID_DIGITS) : undefined;

export const isEntryId = (text: string): boolean => /^[0-9a-f]{16}$/.test(text);

/** A serial number that somebody wrote: the entry it leads to, and which of its certificates has to have it. */
export interface AskedSerial {
  readonly id: string;
  /** Exactly one of the two. */
  readonly ssh?: bigint;
  readonly x509?: string;
}

/**
 * Reads decimal as the serial number of an SSH certificate, and hexadecimal (of 32 digits, with or without colons or
 * `0x`) as that of an X.509 certificate. Throws BAD_PARAMETER.
 */
export function readSerial(text: string): AskedSerial {
  const trimmed = text.trim();
  if (/^[0-9]{1,20}$/.test(trimmed)) {
    const ssh = BigInt(trimmed);
    if (ssh > 0n && ssh < 1n << 64n) return { id: ssh.toString(16).padStart(ID_DIGITS, "0"), ssh };
  }
  const hex = trimmed.replace(/^0x/i, "").replaceAll(":", "").toLowerCase();
  if (/^[0-9a-f]{30,40}$/.test(hex)) {
    const x509 = x509SerialText(BigInt(`0x${hex}`));
    return { id: x509.slice(0, ID_DIGITS), x509 };
  }
  throw new AppError(
    "BAD_PARAMETER",
    `${JSON.stringify(text)} is not a serial number: write that of an SSH certificate in decimal, ` +
      "or that of an X.509 certificate in hexadecimal",
  );
}
