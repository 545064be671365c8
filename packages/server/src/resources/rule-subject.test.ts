import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import {
  AccessRequestV3Schema,
  RequestState,
  RoleV6Schema,
  UserV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { ruleSubject } from "./rule-subject.ts";

const plain = (value: unknown) =>
  JSON.parse(JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? String(one) : one)));

describe("ruleSubject", () => {
  it("has the JSON names, with maps, times, lists and switches as their JSON", () => {
    const role = create(RoleV6Schema, {
      Kind: "role",
      Metadata: { Name: "ops", Labels: { team: "red" }, Expires: { seconds: 1_767_225_600n, nanos: 0 } },
      Spec: {
        Options: { PortForwarding: { Value: false } },
        Allow: { Logins: ["root"], NodeLabels: { Values: { env: { Values: ["prod"] } } } },
      },
    });
    const subject = ruleSubject(RoleV6Schema, role) as Record<string, Record<string, unknown>>;
    assert.equal(subject.kind, "role");
    assert.deepEqual(plain(subject.metadata), {
      name: "ops",
      description: "",
      labels: { team: "red" },
      expires: "2026-01-01T00:00:00.000Z",
      id: "0",
      revision: "",
    });
    const spec = subject.spec as { options: Record<string, unknown>; allow: Record<string, unknown> };
    assert.equal(spec.options.port_forwarding, false);
    assert.deepEqual(spec.allow.logins, ["root"]);
    assert.deepEqual(spec.allow.node_labels, { env: ["prod"] });
  });

  it("a message that is always written reads as empty where it is unset", () => {
    const subject = ruleSubject(UserV2Schema, create(UserV2Schema)) as {
      spec: { roles: unknown; traits: unknown };
    };
    assert.deepEqual(subject.spec.roles, []);
    assert.deepEqual(subject.spec.traits, {});
  });

  it("enums are numbers or names that rules can compare, lists of messages are objects", () => {
    const request = create(AccessRequestV3Schema, {
      Spec: { State: RequestState.APPROVED, RequestedResourceIDs: [{ Name: "db1", Kind: "db" }] },
    });
    const { spec } = ruleSubject(AccessRequestV3Schema, request) as { spec: Record<string, unknown> };
    assert.equal(spec.state, "APPROVED");
    assert.equal((spec.resource_ids as { name: string }[])[0]?.name, "db1");
  });
});
