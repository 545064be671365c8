/** One line of the result. */
export interface Row {
  readonly scenario: string;
  readonly callsPerSecond?: number;
  /** CPU of the server over all its threads, in microseconds per call. */
  readonly cpuUs?: number;
  readonly measured?: Quantity;
  /** What `measured` must not exceed, in the same unit; undefined for a limit that others are held against. */
  readonly target?: number;
}

export interface Quantity {
  readonly value: number;
  readonly unit: "× echo" | "×" | "× echo's" | "ms" | "MB";
}

export type Verdict = "reached" | "missed" | "";

export function verdictOf({ measured, target }: Row): Verdict {
  if (measured === undefined || target === undefined) return "";
  return measured.value <= target ? "reached" : "missed";
}
