const printable = new Uint8Array(128);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?") {
  printable[char.charCodeAt(0)] = 1;
}

/** True where a PrintableString (X.680 section 41.4) can hold the text; the empty text is one. */
export function isPrintable(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (printable[text.charCodeAt(index)] !== 1) return false;
  }
  return true;
}
