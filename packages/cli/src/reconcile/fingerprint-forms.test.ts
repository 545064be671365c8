import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { formatPublicKeyLine, fromKeyObject } from "@sallyport/ssh";
import { loggedForms } from "./fingerprint-forms.ts";

test("an authority is known by each fingerprint that ssh-keygen shows of it", () => {
  const key = fromKeyObject(generateKeyPairSync("ed25519").publicKey);
  const shown = (hash: string) => {
    const args = ["-l", "-E", hash, "-f", "-"];
    const out = execFileSync("ssh-keygen", args, {
      input: `${formatPublicKeyLine(key)}\n`,
      encoding: "utf8",
    });
    return out.split(" ")[1] ?? "";
  };
  const forms = loggedForms([key]);
  assert.equal(forms.size, 2);
  for (const hash of ["md5", "sha256"]) assert.equal(forms.get(shown(hash)), shown("sha256"));
});
