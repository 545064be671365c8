import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { isAppError } from "@sallyport/api";
import { LABEL, makeSoftToken, needsSoftHsm, PIN, type SoftToken } from "../testing/soft-token.ts";
import { openToken } from "../token/open-token.ts";
import { openTokenHere } from "./open-token-here.ts";

const now = Date.UTC(2026, 0, 31);

describe("the keys of a token", needsSoftHsm, () => {
  let token: SoftToken;

  before(() => {
    token = makeSoftToken();
    process.env.SOFTHSM2_CONF = token.configFile;
  });
  after(() => token?.remove());

  const tool = (...args: string[]) =>
    execFileSync(
      "pkcs11-tool",
      ["--module", token.place.modulePath, "--token-label", LABEL, "--login", "--pin", PIN, ...args],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    );

  it("are listed, however many, with what they are for; those of others are not", async () => {
    tool("--keypairgen", "--key-type", "EC:prime256v1", "--label", "somebody else's", "--id", "aa");
    const session = openToken(token.place);
    const made = [];
    for (let n = 0; n < 20; n += 1) {
      made.push(
        session.generate({ algorithm: "ecdsa-p256", use: "ssh", caType: "user", clusterName: `c-${n}` }, now),
      );
    }
    made.push(session.generate({ algorithm: "rsa-2048", use: "tls", caType: "db", clusterName: "c" }, now));
    const listed = session.list();
    assert.equal(listed.length, 21);
    for (const { keyId, spki } of made) {
      const found = listed.find((one) => one.keyId === keyId);
      assert.ok(found?.spki.equals(spki));
    }
    assert.deepEqual(
      listed
        .filter(({ kind }) => kind === "rsa")
        .map(({ use, caType, clusterName }) => [use, caType, clusterName]),
      [["tls", "db", "c"]],
    );

    const [first, second] = made;
    assert.ok(first !== undefined && second !== undefined);
    session.destroy(first.keyId);
    assert.ok(!tool("--list-objects").includes(first.keyId));
    assert.ok(tool("--list-objects").includes(second.keyId));
    assert.equal(session.list().length, 20);
    assert.throws(() => session.destroy(first.keyId), /the token has no key/);
    assert.throws(() => session.destroy("aa"), /is none of ours/);
    assert.match(tool("--list-objects"), /somebody else's/);
  });

  it("are not shown to who has no PIN", async () => {
    const place = { ...token.place, pinPath: `${token.place.pinPath}.none` };
    await assert.rejects(
      openTokenHere(place),
      (error) =>
        isAppError(error, "UNAVAILABLE") && /^the token: the PIN file .* cannot be read/.test(error.message),
    );
  });
});
