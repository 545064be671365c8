import { parseArgs } from "node:util";

/** How much is measured. */
export interface Settings {
  /** Rounds that count; each figure is the median over them. */
  readonly rounds: number;
  /** Rounds before those, in which V8 compiles what is called often. */
  readonly warmUpRounds: number;
  /** Part of the calls of a full run, 1 for all. */
  readonly scale: number;
  /** Stored requests of the large cluster. */
  readonly manyRequests: number;
  /** Entries of the large inventory of certificates. */
  readonly manyCertificates: number;
  readonly jsonFile: string | undefined;
  /** Where V8 writes CPU profiles of the daemons. Profiling costs time itself, so such a run proves nothing. */
  readonly profileDir: string | undefined;
}

export const usage = `npm run bench -- [--quick] [--json FILE] [--profile DIR]

  --quick         fewer rounds and calls, a fifth and a tenth of what is stored
  --json FILE     the figures as JSON
  --profile DIR   CPU profiles of the daemons (the figures of such a run are too high)
`;

export function readSettings(argv: readonly string[]): Settings | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: "boolean" },
      json: { type: "string" },
      profile: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return undefined;
  const amount =
    values.quick === true
      ? { rounds: 3, warmUpRounds: 2, scale: 0.25, manyRequests: 20_000, manyCertificates: 100_000 }
      : { rounds: 7, warmUpRounds: 4, scale: 1, manyRequests: 100_000, manyCertificates: 1_000_000 };
  return { ...amount, jsonFile: values.json, profileDir: values.profile };
}
