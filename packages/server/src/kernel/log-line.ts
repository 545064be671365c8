/** One JSON line of the logger as a line for people: `2026-01-02T03:04:05.678Z INFO  message name=value`. */
export function logLine(json: string): string {
  const { time, level, message, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const head = `${String(time)} ${String(level).toUpperCase().padEnd(5)} ${oneLine(String(message))}`;
  const rest = Object.entries(fields).map(([name, value]) => ` ${plainWord(name)}=${plainWord(value)}`);
  return `${head}${rest.join("")}\n`;
}

/** Control characters are shown, not obeyed: a logged name cannot forge a line or steer a terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

function plainWord(value: unknown): string {
  if (typeof value === "string" && /^[\p{L}\p{N}_.:/@+*-]+$/u.test(value)) return value;
  return oneLine(JSON.stringify(value) ?? "undefined");
}
