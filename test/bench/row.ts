/** One line of the result. */
export interface Row {
  readonly scenario: string;
  readonly callsPerSecond?: number;
  /** CPU of the server over all its threads, in microseconds per call. */
  readonly cpuUs?: number;
  readonly measured?: Quantity;
  /** What `measured` must not exceed, in the same unit; undefined for a limit that others are held against. */
  readonly target?: number;
  /** What `measured` must reach at least, in the same unit. */
  readonly floor?: number;
}

export interface Quantity {
  readonly value: number;
  readonly unit: "× echo" | "×" | "× echo's" | "ms" | "MB";
}

export type Verdict = "reached" | "missed" | "";

export function verdictOf({ measured, target, floor }: Row): Verdict {
  if (measured === undefined || (target === undefined && floor === undefined)) return "";
  const { value } = measured;
  return value <= (target ?? value) && value >= (floor ?? value) ? "reached" : "missed";
}
