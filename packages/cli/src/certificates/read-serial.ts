import { UsageError } from "../terminal/exit-code.ts";

/** A serial number as revocations are named: small hexadecimal digits without colons. */
export function readSerial(text: string): string {
  const digits = text.trim().replace(/^0x/i, "").replaceAll(":", "").toLowerCase();
  if (/^[0-9a-f]{1,40}$/.test(digits)) return digits;
  throw new UsageError(
    `--serial ${JSON.stringify(text)} is not a serial number in hexadecimal, such as aa:bb:01`,
  );
}
