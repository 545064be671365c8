import { HelperProcess } from "../helper-process.ts";
import { median } from "../median.ts";
import type { Row } from "../row.ts";

const STARTS = 5;

/** What a test waits for that uses the testkit: from a bare Node to a cluster that answers. */
export async function benchTestkit(): Promise<readonly Row[]> {
  const startMs: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    await using child = new HelperProcess<object, TestkitAnswer>("scenarios/testkit-process.ts");
    startMs.push((await child.ask({})).readyMs);
  }
  return [
    {
      scenario: "testkit cluster, its modules loaded and answering",
      measured: { value: median(startMs), unit: "ms" },
      target: 1000,
    },
  ];
}

export interface TestkitAnswer {
  /** From the first import to the first answer. */
  readonly readyMs: number;
}
