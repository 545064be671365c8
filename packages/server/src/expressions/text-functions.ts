import { evaluationError } from "./expression-error.ts";

const MAX_ADDRESS_LENGTH = 1000;
const bracketed = /^[^<>]*<([^<>]*)>$/;
const localText = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const domainText = /^(?:\[[^[\]\s\\]+\]|[^\s"(),:;<>@[\]\\.]+(?:\.[^\s"(),:;<>@[\]\\.]+)*)$/u;

/** The part before the `@` of each address; one that is no address fails them all. */
export function localParts(addresses: readonly string[]): string[] {
  return addresses.map(localPart);
}

function localPart(text: string): string {
  if (text.length > MAX_ADDRESS_LENGTH) throw evaluationError("an e-mail address is too long");
  const trimmed = text.trim();
  const address = bracketed.exec(trimmed)?.[1] ?? trimmed;
  const at = address.lastIndexOf("@");
  const local = address.slice(0, Math.max(at, 0));
  if (!localText.test(local) || !domainText.test(address.slice(at + 1))) {
    throw evaluationError(`${JSON.stringify(text)} is not an e-mail address`);
  }
  return local;
}

/** Character by character, so that "ß" or a final sigma never changes the length or depends on its neighbours. */
export function toUpper(text: string): string {
  return mapCharacters(text, (character) => character.toUpperCase());
}

export function toLower(text: string): string {
  return mapCharacters(text, (character) => character.toLowerCase());
}

function mapCharacters(text: string, map: (character: string) => string): string {
  let result = "";
  for (const character of text) {
    const mapped = map(character);
    result += [...mapped].length === 1 ? mapped : character;
  }
  return result;
}
