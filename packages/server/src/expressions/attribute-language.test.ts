import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isAppError } from "@sallyport/api";
import fc from "fast-check";
import { type AttributeType, attributeLanguage } from "./index.ts";

const types: Record<string, AttributeType> = {
  "user.name": "text",
  "user.is_bot": "boolean",
  "user.labels": "text map",
  "user.traits": "list map",
  "workload.unix.uid": "text",
  "workload.kubernetes.namespace": "text",
  "join.circleci.context_ids": "list",
  "join.gitlab.groups": "list",
  "workload.kubernetes.labels": "text map",
};
const language = attributeLanguage(types);
const values = new Map<string, unknown>([
  ["user.name", "bot-Web"],
  ["user.is_bot", true],
  ["user.labels", { env: "prod" }],
  ["user.traits", { team: ["core"], logins: ["a", "b"] }],
  ["workload.unix.uid", "0"],
  ["join.gitlab.groups", []],
]);
const refused = (words: RegExp) => (error: unknown) =>
  isAppError(error, "BAD_PARAMETER") && words.test(error.message);

describe("templates on attributes", () => {
  const rendered: [string, string][] = [
    ["plain", "plain"],
    ["/a/{{user.name}}/b", "/a/bot-Web/b"],
    ["/{{ user.name }}/{{ user.labels.env }}", "/bot-Web/prod"],
    ['{{ user.labels["env"] }}', "prod"],
    ["{{ user.traits.team }}", "core"],
    ["{{ user.is_bot }}-{{ workload.unix.uid }}", "true-0"],
    ["{{ strings.lower(user.name) }}", "bot-web"],
    ['{{ strings.replaceall(user.name, "-", "/") }}', "bot/Web"],
    ['{{ regexp.replace(user.name, "^bot-(.*)$", "$1") }}', "Web"],
    ['{{ strings.replaceall(user.name, "-", "}}") }}!', "bot}}Web!"],
  ];
  for (const [text, wanted] of rendered) {
    it(`${text} is ${wanted}`, () => assert.equal(language.parseTemplate(text).read(values), wanted));
  }

  const failing: [string, RegExp][] = [
    ["{{ workload.kubernetes.namespace }}", /workload\.kubernetes\.namespace is not set/],
    ["{{ user.labels.region }}", /user\.labels\.region is not set/],
    ["{{ user.traits.none }}", /is not set/],
    ["{{ user.traits.logins }}", /has 2 values/],
    ['{{ regexp.replace(user.name, "^x$", "y") }}', /is not set/],
    ['{{ strings.replaceall(user.name, "", "y") }}', /empty text/],
    [`${"{{user.name}}".repeat(600)}`, /longer than 4096/],
  ];
  for (const [text, words] of failing) {
    it(`fails where ${text.slice(0, 60)} has no value`, () =>
      assert.throws(() => language.parseTemplate(text).read(values), refused(words)));
  }

  const unparsable: [string, RegExp][] = [
    ["{{ user.nam }}", /did you mean "user\.name"/],
    ["{{ user.labels }}", /is a map/],
    ["{{ }}", /empty/],
    ["{{ user.name", /without "}}" after it/],
    ["user.name }}", /without "{{" before it/],
    ["{{ unknown(user.name) }}", /no function/],
    ["x".repeat(8193), /longer than 8192/],
  ];
  for (const [text, words] of unparsable) {
    it(`refuses ${text.slice(0, 60)}`, () =>
      assert.throws(() => language.parseTemplate(text), refused(words)));
  }
});

describe("conditions on attributes", () => {
  const conditions: [string, boolean][] = [
    ['user.name == "bot-Web"', true],
    ['user.is_bot && workload.unix.uid == "0"', true],
    ["!user.is_bot", false],
    ['contains(user.traits.team, "core")', true],
    ['contains(user.traits.none, "core")', false],
    ['contains(join.gitlab.groups, "x")', false],
    ['regexp.match(user.name, "bot-*")', true],
    ['user.labels.region == ""', true],
    ['user.name == "bot-Web" || workload.kubernetes.namespace == "x"', true],
  ];
  for (const [text, wanted] of conditions) {
    it(`${text} is ${wanted}`, () => assert.equal(language.parseCondition(text).evaluate(values), wanted));
  }

  it("what is not set is neither equal nor unequal to anything", () => {
    for (const operator of ["==", "!="]) {
      const condition = language.parseCondition(`workload.kubernetes.namespace ${operator} "prod"`);
      assert.throws(() => condition.evaluate(values), refused(/is not set/));
    }
  });

  for (const text of [
    'workload.kubernetes.labels["tier"] != "untrusted"',
    'workload.kubernetes.labels["tier"] == ""',
    '!contains(join.circleci.context_ids, "x")',
    '!(contains_any(join.circleci.context_ids, "x"))',
  ]) {
    it(`threat 14: ${text} is not met where nothing of it is known`, () => {
      assert.throws(() => language.parseCondition(text).evaluate(values), refused(/is not set/));
    });
  }

  it("an attribute is one value, as text", () => {
    assert.equal(language.parseAttribute("user.is_bot").read(values), "true");
    assert.equal(language.parseAttribute('user.labels["env"]').read(values), "prod");
    assert.throws(() => language.parseAttribute("user.traits.team"), refused(/one value/));
    assert.throws(() => language.parseAttribute('"x"'), refused(/one value/));
    assert.throws(() => language.parseAttribute("user.labels.none").read(values), refused(/is not set/));
  });

  it("any text is either a template or refused as a bad one", () => {
    const pieces = fc.constantFrom("{{", "}}", "user.name", '"', "`", " ", "x", "(", "\\", "strings.lower");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        try {
          assert.equal(typeof language.parseTemplate(parts.join("")).read(values), "string");
        } catch (error) {
          assert.ok(isAppError(error, "BAD_PARAMETER"), String(error));
        }
      }),
    );
  });
});
