/** Fields whose values never reach a log, by name; a name counts however it is cased and joined. */
const secretNames = new Set([
  "authorization",
  "authtoken",
  "challenge",
  "clientsecret",
  "cookie",
  "credential",
  "credentials",
  "keypem",
  "passphrase",
  "password",
  "passwordhash",
  "pin",
  "privatekey",
  "secret",
  "setcookie",
  "signingkey",
  "sshkey",
  "tlskey",
  "token",
]);

const MAX_DEPTH = 6;
const MAX_TEXT = 4096;

/** Field names are few and come again and again; those that users choose must not fill the memory. */
const judgedNames = new Map<string, boolean>();
const MAX_JUDGED_NAMES = 1000;

export function isSecretName(name: string): boolean {
  const judged = judgedNames.get(name);
  if (judged !== undefined) return judged;
  const isSecret = secretNames.has(name.replaceAll(/[-_.\s]/g, "").toLowerCase());
  if (judgedNames.size < MAX_JUDGED_NAMES) judgedNames.set(name, isSecret);
  return isSecret;
}

/** A copy that is safe to print: secrets are out, bytes are counted instead of shown, errors keep their chain. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return "[deep]";
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  if (value instanceof Map) return redactEntries([...value], depth);
  if (value instanceof Set) return [...value].map((item) => redact(item, depth + 1));
  return redactEntries(Object.entries(value), depth);
}

/** A key pasted into a message is cut out whatever the field is called. */
export function redactText(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text;
  return cut.replaceAll(
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
    "[private key]",
  );
}

function redactEntries(entries: readonly (readonly [unknown, unknown])[], depth: number): unknown {
  return Object.fromEntries(
    entries.map(([name, item]) => {
      const text = String(name);
      return [text, isSecretName(text) && item !== undefined ? "[redacted]" : redact(item, depth + 1)];
    }),
  );
}

function redactError(error: Error, depth: number): unknown {
  const { name, message, stack, cause } = error;
  const reason = "reason" in error ? { reason: String(error.reason) } : {};
  return {
    name,
    ...reason,
    message: redactText(message),
    stack: stack === undefined ? undefined : redactText(stack),
    ...(cause === undefined ? {} : { cause: redact(cause, depth + 1) }),
  };
}
