import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { create, fromBinary } from "@bufbuild/protobuf";
import { AppError, type Reason } from "@sallyport/api";
import type { GenerateTokenResponse } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import {
  type ProvisionTokenV2,
  ProvisionTokenV2ListSchema,
  ProvisionTokenV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import fc from "fast-check";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import { openAuditLog } from "../audit/index.ts";
import { Encoded, writeTime } from "../rpc/index.ts";
import { callerWho } from "../rpc/testing/callers.ts";
import { fakeCall } from "../rpc/testing/fake-call.ts";
import { AUDIT_PREFIX, type Backend, openBackend } from "../storage/index.ts";
import { createTokenStore, tokenRpcs } from "./index.ts";
import { safeTokenName, validateToken } from "./validate-token.ts";

const HOUR = 3_600_000;
let clock: StoppedClock;
let backend: Backend;
let rpcs: ReturnType<typeof tokenRpcs>;

beforeEach(async () => {
  clock = new StoppedClock();
  backend = await openBackend({ kind: "memory", clock });
  const audit = openAuditLog({ backend, clock, clusterName: "one.example" });
  rpcs = tokenRpcs({ tokens: createTokenStore(backend), auditChange: audit.change });
});

const call = () => fakeCall(callerWho("user", "eve", []), { now: clock.now() });
const token = (Name: string, spec: object = {}, metadata: object = {}) =>
  create(ProvisionTokenV2Schema, { Metadata: { Name, ...metadata }, Spec: { Roles: ["Node"], ...spec } });
const asV2 = (value: ProvisionTokenV2) => ({ Token: { case: "V2", value } }) as never;
const isReason = (reason: Reason) => (error: unknown) => error instanceof AppError && error.reason === reason;

function listed(reply: unknown) {
  assert.ok(reply instanceof Encoded);
  return fromBinary(ProvisionTokenV2ListSchema, reply.bytes);
}

async function auditText(): Promise<string> {
  const { items } = await backend.list({ prefix: AUDIT_PREFIX, limit: 100 });
  return items.map(({ value }) => Buffer.from(value).toString()).join("\n");
}

test("a token is made, read, listed, written over and deleted", async () => {
  await rpcs.createTokenV2.handle(asV2(token("a-secret-name")), call());
  const read = async () => (await rpcs.getToken.handle({ Name: "a-secret-name" } as never, call())) as never;
  const first = (await read()) as ProvisionTokenV2;
  assert.deepEqual([first.Kind, first.Version, first.Spec?.JoinMethod], ["token", "v2", "token"]);
  await assert.rejects(
    async () => rpcs.createToken.handle(token("a-secret-name"), call()),
    isReason("ALREADY_EXISTS"),
  );
  await rpcs.upsertTokenV2.handle(asV2(token("a-secret-name", { Roles: ["Node", "App"] })), call());
  const list = listed(await rpcs.getTokens.handle({} as never, call()));
  assert.deepEqual(
    list.ProvisionTokens.map((one) => one.Spec?.Roles),
    [["Node", "App"]],
  );
  await rpcs.deleteToken.handle({ Name: "a-secret-name" } as never, call());
  await assert.rejects(read, isReason("NOT_FOUND"));
});

test("a token is gone when it has expired", async () => {
  await rpcs.upsertToken.handle(token("short", {}, { Expires: writeTime(clock.now() + HOUR) }), call());
  await rpcs.getToken.handle({ Name: "short" } as never, call());
  clock.advance(HOUR);
  await assert.rejects(
    async () => rpcs.getToken.handle({ Name: "short" } as never, call()),
    isReason("NOT_FOUND"),
  );
});

test("the server chooses a name nobody guesses, and half an hour, where nothing is said", async () => {
  const generate = async (parts: object) => {
    const request = { Token: "", Roles: ["Node"], TTL: 0n, ...parts };
    const { Token } = (await rpcs.generateToken.handle(request as never, call())) as GenerateTokenResponse;
    return Token;
  };
  const [one, two] = [await generate({}), await generate({})];
  assert.ok(one.length >= 32 && one !== two);
  clock.advance(HOUR / 2 - 1);
  await rpcs.getToken.handle({ Name: one } as never, call());
  clock.advance(1);
  await assert.rejects(async () => rpcs.getToken.handle({ Name: one } as never, call()));
  assert.equal(await generate({ Token: "chosen", TTL: BigInt(HOUR) * 1_000_000n }), "chosen");
  await assert.rejects(generate({ TTL: -1n }), isReason("BAD_PARAMETER"));
});

test("what is not there is said without the name, which is often the secret itself", async () => {
  const quiet = (error: unknown) => isReason("NOT_FOUND")(error) && !String(error).includes("s3cret");
  await assert.rejects(async () => rpcs.getToken.handle({ Name: "s3cret" } as never, call()), quiet);
  await assert.rejects(async () => rpcs.deleteToken.handle({ Name: "s3cret" } as never, call()), quiet);
});

test("threat 23: the audit log has the name of a secret token only in its last quarter, and others in full", async () => {
  await rpcs.upsertToken.handle(token("0123456789abcdef"), call());
  await rpcs.upsertToken.handle(
    token("by-cloud", { JoinMethod: "ec2", Allow: [{ AWSAccount: "1234" }] }),
    call(),
  );
  const text = await auditText();
  assert.doesNotMatch(text, /0123456789abcdef|0123/);
  assert.match(text, /"\*{12}cdef"/);
  assert.match(text, /"by-cloud"/);
  assert.match(text, /"event":"join_token.create","code":"TJT00I"/);
});

test("roles are stored by their own names, however they were written", async () => {
  const Roles = ["node", "DB", "trusted_cluster", "windows_desktop"];
  await rpcs.upsertToken.handle(token("written", { Roles }), call());
  const [stored] = listed(await rpcs.getTokens.handle({} as never, call())).ProvisionTokens;
  assert.deepEqual(stored?.Spec?.Roles, ["Node", "Db", "Trusted_cluster", "WindowsDesktop"]);
});

test("what a method leaves out is filled in", async () => {
  await rpcs.upsertToken.handle(token("by-cloud", { Allow: [{ AWSAccount: "1234" }] }), call());
  const Kubernetes = { Allow: [{ ServiceAccount: "ns:robot" }] };
  await rpcs.upsertToken.handle(token("by-cluster", { JoinMethod: "kubernetes", Kubernetes }), call());
  const [cloud, cluster] = listed(await rpcs.getTokens.handle({} as never, call())).ProvisionTokens;
  assert.deepEqual([cloud?.Spec?.JoinMethod, cloud?.Spec?.AWSIIDTTL], ["ec2", 300_000_000_000n]);
  assert.equal(cluster?.Spec?.Kubernetes?.Type, "in_cluster");
});

const refusedRules: [string, object, RegExp][] = [
  ["rules of a cloud for a secret", { JoinMethod: "token", Allow: [{ AWSAccount: "1" }] }, /not for token/],
  ["no rule for a cloud", { JoinMethod: "iam" }, /spec\.allow is empty/],
  ["a rule that names nobody", { JoinMethod: "ec2", Allow: [{}] }, /spec\.allow\[0\] is empty/],
  ["a rule for places alone", { JoinMethod: "ec2", Allow: [{ AWSRegions: ["eu-1"] }] }, /names aws_account/],
  ["a role for iam", { JoinMethod: "iam", Allow: [{ AWSAccount: "1", AWSRole: "r" }] }, /aws_role does not/],
  ["an ARN for ec2", { JoinMethod: "ec2", Allow: [{ AWSAccount: "1", AWSARN: "a" }] }, /aws_arn does not/],
  ["no section", { JoinMethod: "github" }, /spec\.github\.allow is empty/],
  ["a section without rules", { JoinMethod: "gitlab", GitLab: {} }, /spec\.gitlab\.allow is empty/],
  ["an empty rule", { JoinMethod: "github", GitHub: { Allow: [{ Sub: "s" }, {}] } }, /allow\[1\] is empty/],
  [
    "an account without its namespace",
    { JoinMethod: "kubernetes", Kubernetes: { Allow: [{ ServiceAccount: "robot" }] } },
    /namespace:name/,
  ],
];
for (const [name, spec, words] of refusedRules) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(
      async () => rpcs.createToken.handle(token("by-others", spec), call()),
      (error) => isReason("BAD_PARAMETER")(error) && words.test((error as Error).message),
    );
  });
}

test("a refused token leaves no trace", async () => {
  await assert.rejects(async () => rpcs.createToken.handle(token("x", { Roles: [] }), call()));
  const list = listed(await rpcs.getTokens.handle({} as never, call()));
  assert.deepEqual([list.ProvisionTokens, await auditText()], [[], ""]);
});

const facts = {
  name: "good",
  roles: ["Node"],
  joinMethod: "token",
  botName: "",
  hasRules: false,
  expiresAt: undefined as number | undefined,
};

const refusedTokens: [string, Partial<typeof facts>, RegExp][] = [
  ["no roles", { roles: [] }, /spec\.roles is empty/],
  ["a role that is none", { roles: ["node"] }, /did you mean Node/],
  ["a user's role", { roles: ["editor"] }, /not a system role/],
  ["threat 16: the administrator", { roles: ["Admin"] }, /nobody can join as Admin/],
  ["threat 16: the administrator among others", { roles: ["Node", "Admin"] }, /nobody can join as Admin/],
  ["no identity at all", { roles: ["Nop"] }, /nobody can join as Nop/],
  ["a remote proxy", { roles: ["RemoteProxy"] }, /nobody can join/],
  ["an unknown method", { joinMethod: "githb" }, /did you mean github/],
  ["a bot's name without the role", { botName: "bob" }, /go together/],
  ["the role Bot without a name", { roles: ["Bot"] }, /go together/],
  ["Bot among others", { roles: ["Bot", "Node"], botName: "bob" }, /Bot alone/],
  ["the past", { expiresAt: 1000 }, /in the past/],
];
for (const [name, parts, words] of refusedTokens) {
  test(`refused: ${name}`, () => {
    assert.throws(
      () => validateToken({ ...facts, ...parts }, 1000),
      (error) => isReason("BAD_PARAMETER")(error) && words.test((error as Error).message),
    );
  });
}

test("threat 32: a name that could end a line, a quote or a path is refused and never repeated", () => {
  const hostile = [
    "a\nb",
    "a\r\nb",
    "a b",
    "$(id)",
    "`id`",
    "a;b",
    "a'b",
    'a"b',
    "../a",
    "a/b",
    "-a",
    "",
    "é",
    "a\0",
  ];
  for (const name of [...hostile, "a".repeat(256)]) {
    assert.throws(
      () => validateToken({ ...facts, name }, 0),
      (error) => isReason("BAD_PARAMETER")(error) && (name.length < 2 || !String(error).includes(name)),
    );
  }
  validateToken({ ...facts, name: "a".repeat(255) }, 0);
});

test("threat 32: whatever passes has no character that a shell or a URL gives a meaning to", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      let passes = true;
      try {
        validateToken({ ...facts, name }, 0);
      } catch {
        passes = false;
      }
      assert.ok(!passes || /^[A-Za-z0-9][\w.~@:+-]*$/.test(name));
    }),
  );
});

test("a shown name has as many characters as the real one, three quarters of them hidden", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9]{1,64}$/), (name) => {
      const shown = safeTokenName(name, "token");
      assert.equal(shown.length, name.length);
      assert.equal([...shown].filter((one) => one === "*").length, Math.floor((name.length * 3) / 4));
    }),
  );
});
