import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "@sallyport/api";
import type { LocalMachine } from "@sallyport/api/node";
import fc from "fast-check";
import { type ConfigOptions, configReference, configureText, loadConfig } from "./index.ts";

const machine: LocalMachine = { env: {}, uid: 1000, home: "/home/ann", workingDir: "/work" };

function load(content: string, options: ConfigOptions = {}, env: LocalMachine["env"] = {}) {
  return loadConfig(
    { configFile: "/etc/s.yaml", ...options },
    { machine: { ...machine, env }, hostName: "host", readFile: () => content },
  );
}

function refusalOf(content: string): string {
  try {
    load(content);
  } catch (error) {
    assert.ok(error instanceof AppError && error.reason === "BAD_PARAMETER", String(error));
    return error.message;
  }
  return assert.fail(`accepted: ${content}`);
}

test("without a file: loopback, below the home directory", () => {
  const sources = { machine, hostName: "host", readFile: () => assert.fail("nothing to read") };
  const { config, warnings } = loadConfig({}, sources);
  assert.deepEqual(config.auth.listen, { host: "127.0.0.1", port: 3025 });
  assert.equal(config.auth.clusterName, "sallyport");
  assert.equal(config.dataDir, "/home/ann/.local/state/sallyport");
  assert.equal(config.storage.path, "/home/ann/.local/state/sallyport/backend");
  assert.equal(config.nodeName, "host");
  assert.equal(config.auth.authentication.fromFile, false);
  assert.deepEqual(warnings, []);
});

const full = `
version: v3
teleport:
  nodename: auth-1
  data_dir: state
  log:
    output: ./auth.log
    severity: WARN
    format: { output: json }
  storage: { type: memory }
  connection_limits: { max_connections: 50 }
auth_service:
  enabled: yes
  listen_addr: "[::1]:3999"
  public_addr: [auth.example.com, "10.0.0.1:443"]
  cluster_name: example.com
  proxy_protocol: on
  authentication:
    second_factor: optional
    default_session_ttl: 1h30m
    signature_algorithm_suite: legacy
    locking_mode: strict
  client_idle_timeout: 30m0s
  disconnect_expired_cert: on
  session_recording: off
`;

test("what a file says, read into types", () => {
  const { config, warnings } = load(full);
  assert.deepEqual(warnings, []);
  assert.equal(config.nodeName, "auth-1");
  assert.equal(config.dataDir, "/etc/state");
  assert.deepEqual(config.log, { output: "/etc/auth.log", severity: "warn", format: "json" });
  assert.deepEqual(config.storage, { type: "memory", path: "/etc/state/backend" });
  assert.equal(config.maxConnections, 50);
  const { auth } = config;
  assert.deepEqual(auth.listen, { host: "::1", port: 3999 });
  assert.deepEqual(auth.publicAddresses, [
    { host: "auth.example.com", port: 3025 },
    { host: "10.0.0.1", port: 443 },
  ]);
  assert.equal(auth.clusterName, "example.com");
  assert.equal(auth.proxyProtocol, "on");
  assert.deepEqual(auth.authentication.secondFactors, ["webauthn", "otp"]);
  assert.equal(auth.authentication.defaultSessionTtlMs, 5_400_000);
  assert.equal(auth.authentication.lockingMode, "strict");
  assert.equal(auth.authentication.disconnectExpiredCert, true);
  assert.equal(auth.networking.clientIdleTimeoutMs, 1_800_000);
  assert.equal(auth.recording.mode, "off");
  for (const part of [auth.authentication, auth.networking, auth.recording])
    assert.equal(part.fromFile, true);
});

test("the public place of revocation lists is kept without a slash at its end", () => {
  const { config, warnings } = load(
    "sallyport: { revocation_public_url: 'http://PKI.example.com:3045/lists//' }\n",
  );
  assert.equal(config.revocationPublicUrl, "http://pki.example.com:3045/lists");
  assert.match(warnings.join(), /this service answers nothing there/);
  assert.equal(load("").config.revocationPublicUrl, undefined);
});

test("keys that CA keys are encrypted under: one source, paths beside the file, commands without a shell", () => {
  const { config } = load(
    "sallyport: { ca_key_encryption: { under: { key_file: ca.key }, previous: { command: [/bin/kms, -k] } } }\n",
  );
  assert.deepEqual(config.caKeyEncryption, {
    current: { kind: "key_file", path: "/etc/ca.key" },
    previous: { kind: "command", command: ["/bin/kms", "-k"] },
    commandTimeoutMs: 10_000,
  });
  const refused = [
    "{ key_file: a, passphrase_file: b }",
    "{ command: kms }",
    "{ command: [kms] }",
    "{ file: a }",
    "a",
    "{}",
  ];
  for (const under of refused) {
    const text = `sallyport: { ca_key_encryption: { under: ${under} } }\n`;
    assert.throws(() => load(text), /ca_key_encryption.under must be one of \{key_file: PATH\}/, under);
  }
  assert.equal(load("").config.caKeyEncryption.current, undefined);
});

test("a token for keys of authorities is named whole, and its PIN is in a file", () => {
  const pkcs11 = (text: string) => load(`auth_service: { ca_key_params: { pkcs11: ${text} } }\n`);
  const { config } = pkcs11("{ module_path: /usr/lib/m.so, token_label: t, pin_path: pin }");
  assert.deepEqual(config.auth.caKeyToken, {
    modulePath: "/usr/lib/m.so",
    tokenLabel: "t",
    pinPath: "/etc/pin",
  });
  assert.equal(
    pkcs11("{ module_path: /m, pin_path: p, slot_number: 3 }").config.auth.caKeyToken?.slotNumber,
    3,
  );
  const sessions = (count: number) =>
    pkcs11(`{ module_path: /m, pin_path: p, max_sessions: ${count} }`).config.auth.caKeyToken?.sessions;
  assert.deepEqual([1, 3, 1000].map(sessions), [1, 3, 4]);
  assert.equal(load("").config.auth.caKeyToken, undefined);
  assert.throws(() => pkcs11("{ module_path: /m }"), /pkcs11 needs pin_path/);
  assert.throws(() => pkcs11("{ token_label: t }"), /pkcs11 needs module_path/);
  assert.throws(() => pkcs11("{ module_path: /m, pin: '1234' }"), /needs pin_path/);
});

test("a signer of its own is named whole: where it listens, and what both know", () => {
  const signer = (text: string) => load(`sallyport: { ca_key_signer: ${text} }\n`).config.caKeySigner;
  const places = { socketPath: "/run/signer/socket", secretPath: "/etc/signer.secret" };
  assert.deepEqual(signer("{ socket: /run/signer/socket, secret_path: signer.secret }"), places);
  assert.equal(load("").config.caKeySigner, undefined);
  assert.throws(() => signer("{ socket: /s }"), /ca_key_signer needs secret_path/);
  assert.throws(() => signer("{ secret_path: /s }"), /ca_key_signer needs socket/);
});

test("the result is frozen all the way down", () => {
  const { config } = load(full);
  const pending: object[] = [config];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    assert.ok(Object.isFrozen(value));
    pending.push(...Object.values(value).filter((item) => typeof item === "object" && item !== null));
  }
});

test("mistakes are named with file, line, column and the nearest known key", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["auth_servce:\n", /^\/etc\/s\.yaml:1:1: unknown key "auth_servce"; did you mean "auth_service"\?$/],
    [
      "version: v3\nauth_service:\n  enabled: yes\n  clustername: x\n",
      /^\/etc\/s\.yaml:4:3: unknown key "clustername" in auth_service; did you mean "cluster_name"\?$/,
    ],
    ["teleport:\n  log:\n    zzzzzz: 1\n", /:3:5: unknown key "zzzzzz" in teleport\.log$/],
    ["auth_service:\n  listen_addr: 'a:b:c'\n", /:2:3: auth_service\.listen_addr must be an address/],
    ["auth_service:\n  listen_addr: 'a:99999'\n", /must be an address/],
    ["auth_service:\n  keep_alive_interval: 5\n", /:2:3: .*must be a duration such as 30s/],
    ["auth_service:\n  keep_alive_interval: -5m\n", /must be a duration/],
    ["auth_service:\n  enabled: maybe\n", /enabled must be yes or no/],
    ["auth_service:\n  enabled: constructor\n", /enabled must be yes or no/],
    ["auth_service:\n  cluster_name: 'a/b'\n", /must be a name of letters/],
    ["auth_service: yes\n", /:1:1: auth_service must be a group of keys/],
    ["- a\n", /:1:1: the file must be a group of keys/],
    ["teleport: {log: {severity: loud}}\n", /severity must be one of debug/],
    ["teleport: {storage: {type: etcd}}\n", /type must be one of sqlite, memory/],
    ["version: v4\n", /version must be one of v1, v2, v3/],
    ["teleport:\n  nodename: a\n  nodename: b\n", /:3:3: .*unique/],
    ["teleport: {\n", /^\/etc\/s\.yaml:\d+:\d+: /],
    ["a: 1\n---\nb: 1\n", /more than one document/],
    [`x: ${"1".repeat(1024 * 1024)}`, /larger than 1 MiB/],
    ["auth_service:\n  enabled: no\n", /nothing to start/],
    [
      "auth_service:\n  authentication:\n    second_factor: otp\n    second_factors: [otp]\n",
      /:3:5: second_factor and second_factors exclude each other/,
    ],
    ["__proto__: {a: 1}\n", /unknown key "__proto__"/],
    [
      "sallyport:\n  revocation_public_url: https://pki.example.com\n",
      /:2:3: sallyport\.revocation_public_url must be a URL/,
    ],
    ["sallyport: { revocation_public_url: pki.example.com }\n", /must be a URL such as http:/],
    ["sallyport: { revocation_public_url: 'http://a@pki.example.com' }\n", /must be a URL/],
    ["sallyport: { revocation_public_url: 'http://pki.example.com/?a' }\n", /must be a URL/],
    ["sallyport: { revocation_public_url: 'http://pki.example.com/a|b' }\n", /must be a URL/],
  ];
  for (const [content, pattern] of cases) assert.match(refusalOf(content), pattern, content.slice(0, 80));
});

test("all mistakes are named at once, up to twenty", () => {
  assert.equal(refusalOf("a1: 1\nb1: 1\nteleport: { c1: 1 }\n").split("\n").length, 3);
  const many = Array.from({ length: 30 }, (_, index) => `wrong${index}: 1\n`).join("");
  assert.match(refusalOf(many), /… and 10 more$/);
});

test("threat 38: aliases that multiply are refused", () => {
  const levels = Array.from({ length: 12 }, (_, n) =>
    n === 0 ? "l0: &l0 [x, x]" : `l${n}: &l${n} [*l${n - 1}, *l${n - 1}, *l${n - 1}]`,
  );
  assert.match(refusalOf(levels.join("\n")), /alias/i);
});

test("versions differ in how a host names the cluster it joins", () => {
  const cases: readonly (readonly [string, RegExp | undefined])[] = [
    ["version: v3\nteleport: {auth_server: 'a:1'}", undefined],
    ["version: v3\nteleport: {auth_servers: ['a:1']}", /auth_servers is not in v3/],
    ["version: v3\nteleport: {auth_server: 'a:1', proxy_server: 'b:1'}", /exclude each other/],
    ["version: v2\nteleport: {auth_servers: ['a:1']}", undefined],
    ["version: v2\nteleport: {proxy_server: 'a:1'}", /needs version: v3; this file says v2/],
    ["version: v1\nteleport: {auth_server: 'a:1'}", /needs version: v3; this file says v1/],
    [
      "teleport: {auth_server: 'a:1'}",
      /:1:12: .*needs version: v3; this file has no version, which means v1/,
    ],
  ];
  for (const [content, pattern] of cases) {
    if (pattern === undefined) load(content);
    else assert.match(refusalOf(content), pattern, content);
  }
  assert.equal(load("teleport: {}").config.version, "v1");
});

test("known sections that are not served warn, unless they are switched off", () => {
  const { warnings } = load(
    "version: v3\nteleport:\n  ca_pin: x\n  log: {format: {extra_fields: [a]}}\nproxy_service:\n  enabled: yes\n" +
      "ssh_service:\n  enabled: no\nkubernetes_service:\n",
  );
  assert.deepEqual(
    warnings.map((line) => line.split(" ").slice(0, 2).join(" ")),
    [
      "/etc/s.yaml:3:3: teleport.ca_pin",
      "/etc/s.yaml:4:18: teleport.log.format.extra_fields",
      "/etc/s.yaml:5:1: proxy_service",
    ],
  );
});

test("command line, environment, file: in this order", () => {
  const content = "teleport: {data_dir: /file}";
  assert.equal(load(content).config.dataDir, "/file");
  const env = { SALLYPORT_DATA_DIR: "/env" };
  assert.equal(load(content, {}, env).config.dataDir, "/file", "-c is of the command line");
  const unnamed = { configFile: undefined };
  const both = { ...env, TELEPORT_CONFIG_FILE: "/etc/s.yaml" };
  assert.equal(load(content, unnamed, both).config.dataDir, "/env");
  assert.equal(load(content, { dataDir: "/arg" }, { SALLYPORT_DATA_DIR: "/env" }).config.dataDir, "/arg");
  assert.equal(load(content, { debug: true }).config.log.severity, "debug");
});

test("a file that cannot be read is named", () => {
  assert.throws(() => loadConfig({ configFile: "missing.yaml" }, { machine }), {
    reason: "BAD_PARAMETER",
    message: "the configuration file /work/missing.yaml is not there",
  });
});

test("an empty file and empty sections say nothing", () => {
  for (const content of ["", "# only a comment\n", "version: v3\nteleport:\nauth_service:\n"]) {
    assert.equal(load(content).config.auth.listen.port, 3025);
  }
});

test("the commented file loads, as it is and with every comment before a key taken away", () => {
  const commented = configureText();
  assert.deepEqual(load(commented).warnings, []);
  const plain = commented
    .replaceAll(/^( *)#(?=[a-z0-9_]+:)/gm, "$1")
    .replace(/^ *second_factor: .*\n/m, "")
    .replace("data_dir: /var/lib/sallyport", "data_dir: /elsewhere");
  const { config, warnings } = load(plain);
  assert.deepEqual(warnings, []);
  assert.equal(config.dataDir, "/elsewhere");
  const { fromFile: _, ...recording } = config.auth.recording;
  assert.deepEqual(recording, { mode: "node", proxyChecksHostKeys: true });
});

test("what the commented file shows as defaults are the defaults", () => {
  const plain = configureText()
    .replaceAll(/^( *)#(?=[a-z0-9_]+:)/gm, "$1")
    .replace(/^ *second_factor: .*\n/m, "");
  const shown = load(plain).config.auth;
  const real = load("version: v3").config.auth;
  const examples = { webauthnRpId: "", connectorName: "", messageOfTheDay: "", fromFile: false };
  assert.deepEqual({ ...shown.authentication, ...examples }, real.authentication);
  assert.deepEqual({ ...shown.networking, clientIdleTimeoutMessage: "", fromFile: false }, real.networking);
  assert.deepEqual({ ...shown.recording, fromFile: false }, real.recording);
  assert.deepEqual(shown.listen, real.listen);
});

test("every key has a row or a line in the reference", () => {
  const reference = configReference();
  for (const name of [
    "version",
    "auth_service.tokens",
    "log.format.output",
    "listen_addr",
    "proxy_service",
  ]) {
    assert.ok(reference.includes(`\`${name}\``), name);
  }
});

test("whatever the file holds, it loads or is refused as a bad parameter", () => {
  const words = fc.constantFrom(
    "teleport",
    "auth_service",
    "log",
    "version",
    "*",
    "&a",
    "[",
    "{",
    ":",
    "-",
    "\n",
    "  ",
    "!!js",
    "%",
    "'",
  );
  const content = fc.array(fc.oneof(words, fc.string()), { maxLength: 30 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(content, (written) => {
      try {
        load(written);
      } catch (error) {
        assert.ok(error instanceof AppError && error.reason === "BAD_PARAMETER", String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test("mistakes come in the order of the file", () => {
  const said = refusalOf(
    "version: v3\nteleprt: {}\nauth_service:\n  enbled: yes\nteleport: { log: { severity: lod } }\n",
  );
  assert.deepEqual(
    said.split("\n").map((line) => line.split(":")[1]),
    ["2", "4", "5"],
  );
});
