import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseLogLine } from "./parse-log-line.ts";
import { maxLineBytes, readLines } from "./read-lines.ts";

const now = Date.UTC(2026, 0, 31, 12);
const key = `SHA256:${"k".repeat(43)}`;
const ca = `SHA256:${"c".repeat(43)}`;
const message = `Accepted publickey for deploy from 192.0.2.7 port 50022 ssh2: ED25519-CERT ${key} ID alice (serial 7532456) CA ED25519 ${ca}`;

const login = (line: string) => {
  const outcome = parseLogLine(line, now);
  assert.equal(outcome.kind, "login", line);
  return outcome.kind === "login" ? outcome.login : assert.fail();
};

test("lines of every log tell the same login", () => {
  const at = Date.UTC(2026, 0, 31, 11, 58, 1);
  const micros = `${at}000`;
  const cases: readonly (readonly [string, number | undefined, string])[] = [
    [`2026-01-31T11:58:01.000000+00:00 web1 sshd[812]: ${message}`, at, "web1"],
    [`2026-01-31T12:58:01+0100 web1 sshd-session[812]: ${message}`, at, "web1"],
    [`<86>2026-01-31T11:58:01Z web1 sshd[812]: ${message}`, at, "web1"],
    [`2026-01-31T11:58:01Z web1 sshd[812]: message repeated 2 times: [ ${message}]`, at, "web1"],
    [`2026-01-31T11:58:01Z web1 authpriv.info sshd[812]: ${message}`, at, "web1"],
    [`<86>1 2026-01-31T11:58:01Z web1 sshd 812 - - ${message}`, at, "web1"],
    [`1 2026-01-31T11:58:01Z web1 sshd-session 812 - [a@1 x="\\] [sshd"][b@2] \ufeff${message}`, at, "web1"],
    [`Sat 2026-01-31 11:58:01 UTC web1 sshd[812]: ${message}`, at, "web1"],
    [`Sat 2026-01-31 11:58:01 CET web1 sshd[812]: ${message}`, undefined, "web1"],
    [`${at / 1000}.000000 web1 sshd[812]: ${message}`, at, "web1"],
    [`\u001e${JSON.stringify({ MESSAGE: message, _COMM: "sshd" })}`, undefined, ""],
    [message, undefined, ""],
    [
      JSON.stringify({ MESSAGE: message, _COMM: "sshd", __REALTIME_TIMESTAMP: micros, _HOSTNAME: "web1" }),
      at,
      "web1",
    ],
    [JSON.stringify({ MESSAGE: [...Buffer.from(message)], SYSLOG_IDENTIFIER: "sshd" }), undefined, ""],
  ];
  for (const [line, when, host] of cases) {
    assert.deepEqual(login(line), {
      at: when,
      host,
      account: "deploy",
      address: "192.0.2.7",
      fingerprint: key,
      certificate: { keyId: "alice", serial: "7532456", authority: ca },
    });
  }
});

test("a time without a year is the latest that has been", () => {
  const year = (line: string) => new Date(login(`${line} web1 sshd[1]: ${message}`).at ?? 0).getFullYear();
  assert.equal(year("Jan 30 10:00:00"), 2026);
  assert.equal(year("Dec  1 10:00:00"), 2025);
  assert.equal(year("Jan 30 10:00:00.123456"), 2026);
});

test("OpenSSH up to 7 tells of a certificate its number and its authority, and not its key", () => {
  const old = message.replace(` ${key}`, "");
  assert.deepEqual(login(`Jan 31 10:00:00 web1 sshd[812]: ${old}`), {
    ...login(`Jan 31 10:00:00 web1 sshd[812]: ${message}`),
    fingerprint: "",
  });
  const outcome = parseLogLine("Accepted publickey for root from 192.0.2.1 port 1 ssh2: RSA", now);
  assert.equal(outcome.kind, "unreadable", "a key that stands alone is always named");
});

test("fingerprints by MD5, as sshd writes them where it is told to, and as it did before 6.8", () => {
  const octets = (octet: string) => Array(16).fill(octet).join(":");
  const by = (certified: string, authority: string) =>
    login(`Jan 31 10:00:00 web1 sshd[812]: ${message.replace(key, certified).replace(ca, authority)}`);
  for (const prefix of ["MD5:", ""]) {
    const { fingerprint, certificate } = by(`${prefix}${octets("0a")}`, `${prefix}${octets("f9")}`);
    assert.equal(fingerprint, `MD5:${octets("0a")}`);
    assert.deepEqual(certificate, { keyId: "alice", serial: "7532456", authority: `MD5:${octets("f9")}` });
    const line = `Accepted publickey for root from 192.0.2.1 port 1 ssh2: RSA ${prefix}${octets("0a")}`;
    assert.equal(login(line).fingerprint, `MD5:${octets("0a")}`);
  }
  for (const odd of [`MD5:${octets("0A")}`, `MD5:${octets("0a")}:0a`, "MD5:0a:0a", "SHA1:abc"]) {
    const line = `Accepted publickey for root from 192.0.2.1 port 1 ssh2: RSA ${odd}`;
    assert.equal(parseLogLine(line, now).kind, "unreadable", odd);
  }
});

test("keys without a certificate, addresses of either kind", () => {
  const plain = (address: string) =>
    login(`Accepted publickey for root from ${address} port 1 ssh2: RSA ${key}`).address;
  assert.equal(plain("2001:DB8::1"), "2001:db8::1");
  assert.equal(plain("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(plain("fe80::1%eth0"), "fe80::1%eth0");
});

test("a key id that looks like the rest of the line changes neither number nor authority", () => {
  const lie = `x (serial 7532456) CA ED25519 ${ca}`;
  const other = `SHA256:${"z".repeat(43)}`;
  const line = `Accepted publickey for root from 203.0.113.9 port 1 ssh2: ED25519-CERT ${key} ID ${lie} (serial 5) CA RSA ${other}`;
  const { certificate } = login(line);
  assert.deepEqual(certificate, { keyId: lie, serial: "5", authority: other });
  const from = `x from 192.0.2.1 port 9 ssh2: ED25519-CERT ${key} ID alice`;
  const second = login(
    `Accepted publickey for root from 203.0.113.9 port 1 ssh2: ED25519-CERT ${key} ID ${from} (serial 5) CA RSA ${other}`,
  );
  assert.equal(second.address, "203.0.113.9");
});

test("what only looks like a line of sshd is none", () => {
  const head = "2026-01-31T11:58:01Z web1";
  const none = [
    `${head} sshd[1]: Invalid user ${message} from 203.0.113.9 port 22`,
    `${head} sshd[1]: Failed password for invalid user sshd[2]: ${message}`,
    `${head} sudo: mallory : COMMAND=/bin/echo ${head} sshd[1]: ${message}`,
    `${head} notsshd[1]: ${message}`,
    `x${head} sshd[1]: ${message}`,
    JSON.stringify({ MESSAGE: message, SYSLOG_IDENTIFIER: "logger" }),
    JSON.stringify({ MESSAGE: null, SYSLOG_IDENTIFIER: "sshd" }),
    '{"MESSAGE": "Accepted publickey',
    "{}",
    "[]",
    "",
  ];
  for (const line of none) assert.equal(parseLogLine(line, now).kind, "other", line);
});

test("threat 6: a key that was only shown, and not signed with, is no login", () => {
  const rest = message.slice("Accepted publickey".length);
  for (const said of ["Postponed publickey", "Failed publickey", "Accepted key", "Partial publickey"]) {
    assert.equal(parseLogLine(`2026-01-31T11:58:01Z web1 sshd[1]: ${said}${rest}`, now).kind, "other", said);
  }
});

test("the journal knows who wrote a line under the name of sshd", () => {
  const entry = { MESSAGE: message, SYSLOG_IDENTIFIER: "sshd" };
  const kind = (more: object) => parseLogLine(JSON.stringify({ ...entry, ...more }), now).kind;
  assert.equal(kind({ _COMM: "logger", _UID: "1000" }), "impostor");
  assert.equal(kind({ _COMM: "sshd", _UID: "1000" }), "impostor");
  assert.equal(kind({ _COMM: "sshd-session", _UID: "0" }), "login");
});

test("an accepted key in a form that sshd does not write is unreadable, not passed over", () => {
  const lines = [
    "Accepted publickey for root",
    `Accepted publickey for root from nowhere port 1 ssh2: RSA ${key}`,
    "Accepted publickey for root from 192.0.2.1 port 1 ssh2: RSA SHA256:short",
    `Accepted publickey for root from 192.0.2.1 port 1 ssh2: RSA-CERT ${key} ID x`,
    `${message} and more`,
  ];
  for (const line of lines) assert.equal(parseLogLine(line, now).kind, "unreadable", line);
});

test("no line makes it throw or takes long", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void parseLogLine(text, now)));
  fc.assert(fc.property(fc.json(), (text) => void parseLogLine(text, now)));
  const long = [
    `Accepted publickey for ${" from 1.1.1.1 port 1 ssh2:".repeat(2400)}`,
    `Accepted publickey for a from 1.1.1.1 port 1 ssh2: X ${key} ID ${` (serial 1) CA X ${key}`.repeat(900)} x`,
  ];
  const begun = performance.now();
  for (const line of long) parseLogLine(line, now);
  assert.ok(performance.now() - begun < 500);
});

test("lines come whole, however the text is cut; a huge one is passed over", async () => {
  const text = `a\r\nb\n\n${"x".repeat(maxLineBytes + 1)}\nlast`;
  for (const size of [1, 7, 4096, 1_000_000]) {
    async function* chunks() {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    const lines: (string | undefined)[] = [];
    for await (const line of readLines(chunks())) lines.push(line);
    assert.deepEqual(lines, ["a", "b", "", undefined, "last"]);
  }
});
