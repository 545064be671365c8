import { parseArgs } from "node:util";
import { AppError, nearestName } from "@sallyport/api";
import type { ConfigOptions } from "./config/index.ts";

const verbs = ["start", "configure", "version", "help"] as const;

/** What the daemon is asked to do. */
export interface CommandLine {
  readonly verb: (typeof verbs)[number];
  readonly options: ConfigOptions;
}

const options = {
  config: { type: "string", short: "c" },
  "data-dir": { type: "string" },
  debug: { type: "boolean", short: "d" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

/** The command line cannot be understood; the program ends with exit code 2 then. */
export class UsageError extends AppError {
  constructor(message: string, cause?: unknown) {
    super("BAD_PARAMETER", message, { cause, details: { hint: "See: sallyport help" } });
  }
}

/** @throws UsageError for a word that is not known. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const { values, positionals } = parse(argv);
  const [word = "help", ...more] = positionals;
  const verb = verbs.find((one) => one === word);
  if (verb === undefined) throw unknown("command", word, [...verbs, "openssh", "krl", "signer"]);
  if (verb !== "help" && more[0] !== undefined) {
    throw new UsageError(
      `${verb} takes no ${JSON.stringify(more[0])}; a configuration file is named by -c FILE`,
    );
  }
  const { config: configFile, "data-dir": dataDir, debug } = values;
  return {
    verb: values.help ? "help" : values.version ? "version" : verb,
    options: { configFile, dataDir, debug },
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const name = /^Unknown option '(-[^']*)'/.exec(error.message)?.[1];
    if (name !== undefined)
      throw unknown(
        "option",
        name,
        Object.keys(options).map((one) => `--${one}`),
      );
    throw new UsageError(error.message.split("\n", 1)[0] ?? "", error);
  }
}

function unknown(what: string, word: string, known: readonly string[]): UsageError {
  const near = nearestName(word, known);
  return new UsageError(
    `there is no ${what} ${JSON.stringify(word)}${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}
