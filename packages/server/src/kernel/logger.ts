import { pino } from "pino";
import { logLine } from "./log-line.ts";
import { redact, redactText } from "./redact.ts";

export type LogFields = Readonly<Record<string, unknown>>;

/** What the rest of the server knows of logging. Fields are data, so a message never has values spliced into it. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger;
}

const logSeverities = ["debug", "info", "warn", "error"] as const;
export type LogSeverity = (typeof logSeverities)[number];

export interface LogSettings {
  /** `stderr`, `stdout` or the path of a file, which is appended to and made with mode 0600. */
  readonly output: string;
  readonly severity: LogSeverity;
  readonly format: "text" | "json";
}

interface LineSink {
  write(line: string): unknown;
}

/** Lines are written before the call returns, so what was logged before a crash is there after it. */
export function createLogger(settings: LogSettings, sink: LineSink = openSink(settings.output)): Logger {
  const target =
    settings.format === "json" ? sink : { write: (line: string) => void sink.write(logLine(line)) };
  const options = {
    level: settings.severity,
    base: null,
    messageKey: "message",
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return wrap(pino(options, target as pino.DestinationStream));
}

/** Where a test or a tool wants no lines. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};

function openSink(output: string): LineSink {
  if (output === "stderr") return pino.destination({ fd: 2, sync: true });
  if (output === "stdout") return pino.destination({ fd: 1, sync: true });
  return pino.destination({ dest: output, append: true, mode: 0o600, sync: true });
}

function wrap(inner: pino.Logger): Logger {
  const write = (severity: LogSeverity) => (message: string, fields?: LogFields) => {
    if (inner.isLevelEnabled(severity)) inner[severity](safeFields(fields), redactText(message));
  };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: (fields) => wrap(inner.child(safeFields(fields))),
  };
}

/** Names that the line itself uses are kept apart, so that a field can never pass for the time or the level. */
function safeFields(fields: LogFields | undefined): Record<string, unknown> {
  if (fields === undefined) return {};
  const safe = redact(fields) as Record<string, unknown>;
  for (const name of ["level", "time", "message"]) {
    if (!(name in safe)) continue;
    safe[`field_${name}`] = safe[name];
    delete safe[name];
  }
  return safe;
}
