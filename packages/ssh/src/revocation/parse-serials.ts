import { SshError } from "../ssh-error.ts";
import type { WireReader } from "../wire/wire-reader.ts";
import { maxBitmapBits } from "./krl-section.ts";
import type { SerialRange } from "./serial-runs.ts";

const maxSerial = 0xffff_ffff_ffff_ffffn;

export function* readSerialList(reader: WireReader): Generator<bigint> {
  if (reader.done) throw malformed("a list of serial numbers is empty");
  while (!reader.done) yield requireSerial(reader.uint64());
}

export function* readSerialRange(reader: WireReader): Generator<SerialRange> {
  const range = { first: requireSerial(reader.uint64()), last: reader.uint64() };
  if (range.last < range.first) throw malformed("a range of serial numbers ends before it begins");
  yield range;
}

/** One range for each row of set bits. */
export function* readSerialBitmap(reader: WireReader): Generator<SerialRange> {
  const offset = reader.uint64();
  const bitmap = reader.mpint();
  if (bitmap.length * 8 > maxBitmapBits)
    throw new SshError("TOO_LARGE", "a bitmap of serial numbers is too large");
  const isSet = (bit: number) => (((bitmap.at(-1 - (bit >>> 3)) ?? 0) >>> (bit & 7)) & 1) === 1;
  const bits = bitmap.length * 8;
  for (let bit = 0; bit < bits; bit++) {
    if (!isSet(bit)) continue;
    const first = offset + BigInt(bit);
    while (bit + 1 < bits && isSet(bit + 1)) bit++;
    const last = offset + BigInt(bit);
    if (last > maxSerial) throw malformed("a bitmap of serial numbers goes beyond 64 bits");
    yield { first: requireSerial(first), last };
  }
}

/** OpenSSH refuses the whole list for a 0 too. */
function requireSerial(serial: bigint): bigint {
  if (serial === 0n) throw malformed("it names serial number 0");
  return serial;
}

function malformed(detail: string): SshError {
  return new SshError("MALFORMED", `the key revocation list is malformed: ${detail}`);
}
