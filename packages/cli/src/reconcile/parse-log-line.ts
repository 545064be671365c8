import type { Login } from "./login.ts";
import { parseSshdMessage, tellsLogin } from "./parse-sshd-message.ts";

/** What became of a line. */
export type LineOutcome =
  | { readonly kind: "login"; readonly login: Login }
  /** Of something else, or of sshd but about something else. */
  | { readonly kind: "other" }
  /** It says that a key was accepted, in a form that sshd does not write. */
  | { readonly kind: "unreadable" }
  /** The journal knows that another program wrote it under the name of sshd. */
  | { readonly kind: "impostor" };

const other: LineOutcome = { kind: "other" };
const unreadable: LineOutcome = { kind: "unreadable" };

/**
 * The tag of the program stands at a fixed place, and what is before it is matched from the first character: a user
 * name of an attacker, which sshd logs as it is sent, may hold a whole line of its own further on.
 */
const iso = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)`;
const traditional = String.raw`[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})?`;
/** `journalctl -o short-full` and `-o short-unix`. */
const full = String.raw`[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z]{3,5}`;
const unix = String.raw`\d{9,11}\.\d{6}`;
const sshdTag = "sshd(?:-session|-auth)?";
/** BusyBox writes facility and severity before the tag. */
const line = new RegExp(
  `^(?:<\\d{1,3}>)?(${iso}|${traditional}|${full}|${unix}) (\\S{1,255}) (?:[a-z0-9]{1,10}\\.[a-z]{1,10} )?${sshdTag}(?:\\[\\d{1,10}\\])?: (.*)$`,
);
/** RFC 5424: version, time, host, program, process, kind of message, structured data. */
const structured = new RegExp(
  `^(?:<\\d{1,3}>)?1 (${iso}) (\\S{1,255}) ${sshdTag} \\S{1,128} \\S{1,32} (?:-|(?:\\[(?:[^\\]\\\\]|\\\\.)*\\])+) \ufeff?(.*)$`,
);
const repeated = /^message repeated \d{1,9} times: \[ (.*)\]$/;

/** Reads one line of `auth.log`, of `sshd -E`, or of `journalctl -o json`. Never throws. */
export function parseLogLine(text: string, now: number): LineOutcome {
  // A record separator stands before each entry of `-o json-seq` (RFC 7464).
  const entry = text.startsWith("\u001e") ? text.slice(1) : text;
  if (entry.startsWith("{")) return parseJournal(entry);
  if (tellsLogin(text)) return toOutcome(text, undefined, "");
  const [, time = "", host = "", message = ""] = line.exec(text) ?? structured.exec(text) ?? [];
  return toOutcome(repeated.exec(message)?.[1] ?? message, parseTime(time, now), host);
}

function toOutcome(message: string, at: number | undefined, host: string): LineOutcome {
  if (!tellsLogin(message)) return other;
  const login = parseSshdMessage(message.trimEnd());
  return login === undefined ? unreadable : { kind: "login", login: { ...login, at, host } };
}

function parseJournal(text: string): LineOutcome {
  const entry = parseObject(text);
  if (entry === undefined) return other;
  const message = textOf(entry.MESSAGE);
  if (!tellsLogin(message)) return other;
  const tag = textOf(entry.SYSLOG_IDENTIFIER);
  // Names with an underscore are set by the journal itself, from what the kernel says of the sender.
  const program = textOf(entry._COMM);
  if (program !== "" && !isSshd(program)) return isSshd(tag) ? { kind: "impostor" } : other;
  if (isSshd(program) && !["", "0"].includes(textOf(entry._UID))) return { kind: "impostor" };
  if (program === "" && !isSshd(tag)) return other;
  return toOutcome(message, microsOf(entry.__REALTIME_TIMESTAMP), textOf(entry._HOSTNAME));
}

const isSshd = (name: string): boolean => /^sshd(-session|-auth)?$/.test(name);

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // A line that is cut, or no journal at all.
    return undefined;
  }
}

/** The journal writes a text that is not UTF-8 as a list of its bytes. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value) || !value.every((one) => Number.isInteger(one))) return "";
  return Buffer.from(value).toString("utf8");
}

function microsOf(value: unknown): number | undefined {
  const text = textOf(value);
  return /^\d{1,16}$/.test(text) ? Math.floor(Number(text) / 1000) : undefined;
}

const dayMs = 86_400_000;

function parseTime(text: string, now: number): number | undefined {
  if (text === "") return undefined;
  if (/^\d+\./.test(text)) return Math.floor(Number(text) * 1000);
  if (/\d{4}-/.test(text)) {
    // Of names of zones only UTC is known; what another says of the time is for people to find out.
    const plain = text.replace(/^[A-Z][a-z]{2} (\S+) (\S+) UTC$/, "$1T$2Z");
    const at = Date.parse(plain.replace(",", ".").replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
    return /^\d/.test(plain) && !Number.isNaN(at) ? at : undefined;
  }
  return parseWithoutYear(text, now);
}

/** The traditional form has neither year nor zone: it is the latest such time of this machine's zone. */
function parseWithoutYear(text: string, now: number): number | undefined {
  const year = new Date(now).getFullYear();
  const times = [year + 1, year, year - 1].map((one) =>
    Date.parse(`${text.slice(0, 6)} ${one} ${text.slice(7)}`),
  );
  return times.find((at) => at <= now + dayMs);
}
