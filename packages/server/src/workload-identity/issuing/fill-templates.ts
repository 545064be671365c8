import { isAppError } from "@sallyport/api";
import type { AttributeValues } from "../../expressions/index.ts";
import { attributes } from "../attributes/attribute-types.ts";
import { type Refusal, refuse } from "../refusal.ts";
import type { Claim, Claims } from "../workload-identity.ts";

/** Something that a template came to, and that must not be. */
export class TemplateProblem extends Error {}

/** All texts of one credential: it is sent along with each message that somebody sends. */
const MAX_FILLED = 16_384;

/** Fills the templates of one identity in; a problem names the field. */
export class Filler {
  readonly #values: AttributeValues;
  #left = MAX_FILLED;

  constructor(values: AttributeValues) {
    this.#values = values;
  }

  text(field: string, template: string, problemOf: (text: string) => string | undefined = printable): string {
    const text = this.#fill(field, template);
    this.#left -= text.length;
    const problem =
      this.#left < 0 ? `with it, all texts are longer than ${MAX_FILLED} characters` : problemOf(text);
    if (problem !== undefined)
      throw new TemplateProblem(`${field} is ${JSON.stringify(text.slice(0, 200))}: ${problem}`);
    return text;
  }

  claims(field: string, claims: Claims): Claims {
    const filled = Object.entries(claims).map(([key, value]) => [key, this.#claim(`${field}.${key}`, value)]);
    return Object.fromEntries(filled) as Claims;
  }

  #claim(field: string, claim: Claim): Claim {
    if (typeof claim === "string") return this.text(field, claim, () => undefined);
    if (claim === null || typeof claim !== "object") return claim;
    if (isList(claim)) return claim.map((one, index) => this.#claim(`${field}[${index}]`, one));
    return this.claims(field, claim);
  }

  #fill(field: string, template: string): string {
    try {
      return attributes.parseTemplate(template).read(this.#values);
    } catch (error) {
      if (isAppError(error, "BAD_PARAMETER")) throw new TemplateProblem(`${field}: ${error.message}`);
      throw error;
    }
  }
}

const MAX_TEXT = 256;

function printable(text: string): string | undefined {
  if (text.length > MAX_TEXT) return `it is longer than ${MAX_TEXT} characters`;
  return /\p{C}/u.test(text) ? "it has characters that cannot be shown" : undefined;
}

const isList = (claim: readonly Claim[] | Claims): claim is readonly Claim[] => Array.isArray(claim);

/** What is made with a filler, or the refusal that a problem is. */
export function orRefusal<Made extends object>(name: string, make: () => Made): Made | Refusal {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof TemplateProblem)) throw error;
    return refuse("BAD_PARAMETER", `workload identity ${JSON.stringify(name)}: ${error.message}`);
  }
}
