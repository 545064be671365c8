/**
 * Characters that move the cursor, change colours, or turn the direction of what follows. A server, or a user who chose
 * a name or a reason, must not be able to rewrite what an administrator reads.
 */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text of somebody else for one line of output: what is unsafe is shown as an escape. */
export function plainText(text: string): string {
  return text.replaceAll(unsafe, escapeCharacter);
}

/** A name of somebody else in quotes, each unsafe character escaped once. */
export function quoted(name: string): string {
  return plainText(JSON.stringify(name));
}

/** {@link plainText} for several lines: line ends stay. */
export function plainLines(text: string): string {
  return text.split("\n").map(plainText).join("\n");
}

/** The same inside JSON: strings keep their value, since the escapes are those of JSON. */
export function plainJson(json: string): string {
  return json.replaceAll(unsafe, (character) => (character === "\n" ? character : jsonEscape(character)));
}

/** Whether a text has to be quoted and escaped wherever it is shown. */
export function isPlain(text: string): boolean {
  return text.search(unsafe) === -1;
}

function escapeCharacter(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\t") return "\\t";
  return jsonEscape(character);
}

function jsonEscape(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
}
