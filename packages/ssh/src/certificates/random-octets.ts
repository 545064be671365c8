import { randomBytes } from "node:crypto";

const poolBytes = 4096;
let pool = randomBytes(poolBytes);
let place = 0;

/** Random octets, never given twice. From a pool, since asking the system each time costs a quarter of a signature. */
export function randomOctets(length: number): Buffer {
  if (length > poolBytes) return randomBytes(length);
  if (place + length > poolBytes) {
    pool = randomBytes(poolBytes);
    place = 0;
  }
  place += length;
  return pool.subarray(place - length, place);
}
