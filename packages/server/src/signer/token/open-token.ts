import type { TokenPlace } from "../protocol/messages.ts";
import { loadPkcs11, type Pkcs11 } from "./pkcs11.ts";
import { readPin } from "./read-pin.ts";
import { Token } from "./token.ts";
import { TokenError } from "./token-error.ts";

/** Opens the token that is meant and logs in. Throws TokenError. */
export function openToken(place: TokenPlace): Token {
  // Before anything is loaded: a PIN that cannot be read is no reason to touch the token.
  const pin = readPin(place.pinPath);
  try {
    const module = load(place.modulePath);
    const { sessions = 1 } = place;
    module.initialize(sessions > 1);
    const slot = slotOf(module, place);
    const session = module.openSession(slot);
    // For every session of this process with the token.
    module.login(session, pin);
    const further = sessions > 1 ? Array.from({ length: sessions }, () => module.openSession(slot)) : [];
    return new Token(module, session, further);
  } finally {
    pin.fill(0);
  }
}

function load(modulePath: string): Pkcs11 {
  try {
    return loadPkcs11(modulePath);
  } catch (error) {
    if (error instanceof TokenError) throw error;
    throw new TokenError("gone", `the module ${modulePath} cannot be loaded: ${(error as Error).message}`);
  }
}

function slotOf(module: Pkcs11, { tokenLabel, slotNumber }: TokenPlace): number {
  const slots = module.slots();
  if (tokenLabel === undefined) {
    const slot = slotNumber ?? slots[0];
    if (slot !== undefined && slots.includes(slot)) return slot;
    throw new TokenError("gone", `there is no token in slot ${slotNumber ?? "0"}`);
  }
  const labelled = slots.filter((slot) => module.tokenLabel(slot) === tokenLabel);
  const [slot] = labelled;
  if (labelled.length > 1) throw new TokenError("gone", `there are two tokens labelled "${tokenLabel}"`);
  if (slot !== undefined) return slot;
  throw new TokenError("gone", `there is no token labelled "${tokenLabel}"`);
}
