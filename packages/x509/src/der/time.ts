import { X509Error } from "../x509-error.ts";
import type { DerElement } from "./der-reader.ts";
import { tag } from "./tag.ts";
import { element } from "./write-der.ts";

/**
 * Time element: UTCTime for 1950 to 2049, GeneralizedTime otherwise (RFC 5280 section 4.1.2.5).
 *
 * @param at milliseconds since 1970; the part below a second is cut off.
 * @throws X509Error INVALID for a year that neither form can hold.
 */
export function encodeTime(at: number): Buffer {
  const date = new Date(at);
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) throw new X509Error("INVALID", "a time is outside the years 0 to 9999");
  const isUtc = year >= 1950 && year < 2050;
  const content = Buffer.allocUnsafe(isUtc ? 13 : 15);
  let place = isUtc ? 0 : writeTwoDigits(content, 0, Math.floor(year / 100));
  for (const number of [
    year % 100,
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ]) {
    place = writeTwoDigits(content, place, number);
  }
  content[place] = zulu;
  return element(isUtc ? tag.utcTime : tag.generalizedTime, content);
}

const zero = 0x30;
const zulu = 0x5a;

function writeTwoDigits(out: Uint8Array, place: number, number: number): number {
  out[place] = zero + Math.floor(number / 10);
  out[place + 1] = zero + (number % 10);
  return place + 2;
}

/**
 * Milliseconds since 1970 of a UTCTime or GeneralizedTime in the one form that RFC 5280 allows: seconds, `Z`.
 *
 * @throws X509Error MALFORMED for any other form or a day that is not in the calendar.
 */
export function decodeTime(time: DerElement): number {
  const text = Buffer.from(time.content).toString("latin1");
  const digits = time.tag === tag.utcTime ? withCentury(text) : text;
  const isTime = time.tag === tag.utcTime || time.tag === tag.generalizedTime;
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits);
  if (!isTime || match === null) throw new X509Error("MALFORMED", "a time is malformed");
  const [, year, month, day, hour, minute, second] = match;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const at = Date.parse(iso);
  if (Number.isNaN(at) || new Date(at).toISOString() !== iso) {
    throw new X509Error("MALFORMED", "a time is not in the calendar");
  }
  return at;
}

function withCentury(text: string): string {
  return text.length === 13 ? `${text.slice(0, 2) >= "50" ? "19" : "20"}${text}` : "";
}
