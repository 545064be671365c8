import { generateKeyPairSync, randomBytes } from "node:crypto";
import { fromKeyObject, KrlBuilder } from "@sallyport/ssh";
import { median } from "../median.ts";
import type { Row } from "../row.ts";
import type { Settings } from "../settings.ts";

const SERIALS = 100_000;

/** A KRL of many serial numbers that have nothing in common, and the same list with one more. */
export function benchRevocationList({ rounds }: Settings): readonly Row[] {
  const ca = fromKeyObject(generateKeyPairSync("ed25519").privateKey);
  const builtMs: number[] = [];
  const refreshedMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const serials = Array.from({ length: SERIALS }, newSerial);
    const builder = new KrlBuilder();
    const encode = () => builder.encode({ version: 1n, generatedAt: Date.now() });
    builtMs.push(timed(() => [builder.revokeSerials(ca, serials), encode()]));
    refreshedMs.push(timed(() => [builder.revokeSerials(ca, [newSerial()]), encode()]));
  }
  const what = `KRL of ${SERIALS.toLocaleString("en")} serial numbers`;
  return [
    { scenario: `${what}, built`, measured: { value: median(builtMs), unit: "ms" }, target: 1000 },
    { scenario: `${what}, with one more`, measured: { value: median(refreshedMs), unit: "ms" } },
  ];
}

const newSerial = () => randomBytes(8).readBigUInt64BE() | 1n;

function timed(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}
