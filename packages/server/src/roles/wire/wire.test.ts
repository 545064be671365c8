import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { AppError } from "@sallyport/api";
import { RequireMFAType, RoleV6Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { builtinRole } from "../builtin-roles.ts";
import { implicitRole } from "../implicit-role.ts";
import { newRole } from "../new-role.ts";
import { presetRoles } from "../preset-roles.ts";
import { roleVersions } from "../role.ts";
import { checkWireRole } from "./check-wire-role.ts";
import { DOWNGRADED_LABEL, downgradeRole, readerAge } from "./downgrade.ts";
import { fillDefaults } from "./fill-defaults.ts";
import { readRole } from "./read-role.ts";
import { writeRole } from "./write-role.ts";

const filled = (version: string, allow: object = {}, options: object = {}) => {
  const role = create(RoleV6Schema, {
    Version: version,
    Metadata: { Name: "r" },
    Spec: { Allow: allow, Options: options },
  });
  fillDefaults(role);
  return role;
};

describe("fillDefaults", () => {
  const any = { "*": ["*"] };
  const kube = { KubernetesLabels: { Values: { env: { Values: ["prod"] } } } };
  const pod = [{ kind: "pod", apiGroup: "", namespace: "*", name: "*", verbs: ["*"] }];
  const everything = [{ kind: "*", apiGroup: "", namespace: "*", name: "*", verbs: ["*"] }];
  const table = [
    ["v3", { app: any, kubernetes: any, db: any }, pod],
    ["v4", {}, pod],
    ["v5", {}, pod],
    ["v6", {}, []],
    ["v7", {}, everything],
    ["v8", {}, [{ ...everything[0], apiGroup: "*" }]],
  ] as const;
  for (const [version, selectors, resources] of table) {
    it(`${version} has the labels and Kubernetes resources of its version`, () => {
      assert.deepEqual(readRole(filled(version)).allow.labelSelectors, selectors);
      assert.deepEqual(readRole(filled(version, kube)).allow.kubernetesResources, resources);
    });
  }

  it("v3 selects all nodes only where it has logins", () => {
    assert.deepEqual(readRole(filled("v3", { Logins: ["root"] })).allow.labelSelectors.node, any);
    assert.equal(readRole(filled("v3")).allow.labelSelectors.node, undefined);
    const own = { Logins: ["root"], NodeLabels: { Values: { env: { Values: ["dev"] } } } };
    assert.deepEqual(readRole(filled("v3", own)).allow.labelSelectors.node, { env: ["dev"] });
  });

  it("an empty or unknown version is the newest", () => {
    assert.equal(filled("").Version, "v8");
    assert.equal(filled("v99").Version, "v8");
  });

  it("fills the options", () => {
    const role = readRole(filled("v8"));
    assert.equal(role.options.maxSessionTtlMs, 30 * 3_600_000);
    assert.equal(role.options.certFormat, "standard");
    assert.equal(role.options.recordDesktop, true);
    assert.deepEqual(role.options.enhancedRecording, ["command", "network"]);
    assert.deepEqual(role.allow.namespaces, ["default"]);
    assert.equal(filled("v8").Spec?.Options?.IDP, undefined);
    assert.equal(filled("v7").Spec?.Options?.IDP?.SAML?.Enabled?.Value, true);
    assert.equal(
      filled("v6", { ...kube, KubernetesResources: [{ Kind: "pod" }] }).Spec?.Allow?.KubernetesResources[0]
        ?.Verbs[0],
      "*",
    );
    assert.equal(
      filled("v7", { KubernetesResources: [{ Kind: "pod" }] }).Spec?.Allow?.KubernetesResources[0]?.Verbs
        .length,
      0,
    );
  });

  it("reads the older switch for session MFA", () => {
    const role = filled("v5", {}, { RequireSessionMFA: true });
    assert.equal(role.Spec?.Options?.RequireMFAType, RequireMFAType.SESSION);
    assert.equal(readRole(role).options.requireSessionMfa, "session");
  });

  it("changes nothing the second time", () => {
    for (const version of roleVersions) {
      const role = filled(version, { ...kube, Logins: ["root"] });
      const once = toBinary(RoleV6Schema, role);
      fillDefaults(role);
      assert.deepEqual(toBinary(RoleV6Schema, role), once);
    }
  });
});

describe("the wire form of a role", () => {
  it("presets, builtin roles and the implicit role read as they were written", () => {
    const builtin = (["Admin", "Proxy", "Node", "Okta", "Discovery"] as const).map((name) =>
      builtinRole(name, "c"),
    );
    for (const role of [...presetRoles, ...builtin, implicitRole]) {
      assert.ok(role !== undefined);
      assert.deepEqual(readRole(fromBinary(RoleV6Schema, toBinary(RoleV6Schema, writeRole(role)))), role);
    }
  });

  it("a role with everything in it reads as it was written", () => {
    const role = newRole("all", {
      version: "v5",
      description: "d",
      labels: { a: "b" },
      options: {
        requestAccess: "reason",
        requestPrompt: "why",
        requireSessionMfa: "hardware_key_touch",
        mfaVerificationIntervalMs: 90_500,
        lock: "strict",
        portForwarding: false,
        sshPortForwarding: { local: false, remote: undefined },
        certExtensions: [{ type: "ssh", mode: "extension", name: "n", value: "v" }],
        accessDurationFromApproval: true,
      },
      allow: {
        request: {
          roles: ["a"],
          claimsToRoles: [{ claim: "c", value: "v", roles: ["r"] }],
          annotations: { k: ["v"] },
          thresholds: [{ name: "t", filter: "f", approve: 2, deny: 1 }],
          suggestedReviewers: ["x"],
          searchAsRoles: ["s"],
          maxDurationMs: 3_600_000,
          kubernetesResources: [{ kind: "pods", apiGroup: "*" }],
          reasonMode: "required",
        },
        reviewRequests: { roles: ["a"], claimsToRoles: [], where: "w", previewAsRoles: ["p"] },
        impersonate: { users: ["u"], roles: ["r"], where: "" },
        labelExpressions: { node: 'labels["a"] == "b"' },
      },
    });
    assert.deepEqual(readRole(writeRole(role)), role);
  });

  it("keeps fields of newer clients", () => {
    const bytes = new BinaryWriter()
      .raw(toBinary(RoleV6Schema, filled("v8")))
      .tag(777, WireType.LengthDelimited)
      .string("from the future")
      .finish();
    const again = toBinary(RoleV6Schema, fromBinary(RoleV6Schema, bytes));
    assert.ok(Buffer.from(again).includes("from the future"));
  });

  it("an unknown reason mode is read as the stricter one", () => {
    const role = filled("v8", { Request: { Reason: { Mode: "sometimes" } } });
    assert.equal(readRole(role).allow.request?.reasonMode, "required");
  });
});

describe("checkWireRole", () => {
  const refused: readonly [string, ReturnType<typeof filled>][] = [
    [
      "a copy for an older client",
      create(RoleV6Schema, { Metadata: { Labels: { [DOWNGRADED_LABEL]: "x" } } }),
    ],
    ["an unknown lock mode", filled("v8", {}, { Lock: "sometimes" })],
    ["an unknown way of requests", filled("v8", {}, { RequestAccess: "never" })],
    ["an unknown certificate format", filled("v8", {}, { CertificateFormat: "x" })],
    ["an unknown reason mode", filled("v8", { Request: { Reason: { Mode: "sometimes" } } })],
    ["the SAML option in v8", filled("v8", {}, { IDP: { SAML: { Enabled: { Value: true } } } })],
    ["a SPIFFE path that starts nowhere", filled("v8", { SPIFFE: [{ Path: "x" }] })],
    [
      "a denied SPIFFE path that starts nowhere, and so denies nothing",
      create(RoleV6Schema, { Version: "v8", Spec: { Deny: { SPIFFE: [{ Path: "x" }] } } }),
    ],
  ];
  for (const [name, role] of refused) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => checkWireRole(role),
        (error) => error instanceof AppError && error.reason === "BAD_PARAMETER",
      );
    });
  }
  it("accepts what is whole", () =>
    checkWireRole(filled("v8", { SPIFFE: [{ Path: "/x" }, { Path: "^a$" }] })));
});

describe("readerAge", () => {
  const ages: readonly [string | undefined, string][] = [
    [undefined, "current"],
    ["18.0.0", "current"],
    ["18.0.0-aa", "current"],
    ["19.1.2+build", "current"],
    ["17.7.1", "before 18"],
    ["17.1.0-alpha.1", "before 18"],
    ["17.0.9", "before 17.1"],
    ["9.3.2", "before 17.1"],
  ];
  for (const [version, age] of ages) it(`${version} is ${age}`, () => assert.equal(readerAge(version), age));
  it("refuses what is no version", () => {
    for (const version of ["18", "x", "18.0.0 ", "-1.0.0", "999999999999.0.0"]) {
      assert.throws(() => readerAge(version), AppError);
    }
  });
});

describe("downgradeRole", () => {
  const kube = { KubernetesLabels: { Values: { "*": { Values: ["*"] } } } };
  const resource = (Kind: string, APIGroup: string) => ({
    Kind,
    APIGroup,
    Namespace: "*",
    Name: "*",
    Verbs: ["*"],
  });

  it("leaves what an older reader understands as it is", () => {
    const role = filled("v7");
    assert.equal(downgradeRole(role, "before 17.1"), role);
    assert.equal(downgradeRole(filled("v8"), "current").Version, "v8");
  });

  it("gives v8 as v7 with a label, and the stored role stays", () => {
    const role = filled("v8", {
      ...kube,
      KubernetesResources: [resource("pods", ""), resource("deployments", "apps")],
    });
    const older = downgradeRole(role, "before 18");
    assert.equal(older.Version, "v7");
    assert.ok(Object.hasOwn(older.Metadata?.Labels ?? {}, DOWNGRADED_LABEL));
    assert.deepEqual(
      older.Spec?.Allow?.KubernetesResources.map((one) => [one.Kind, one.APIGroup]),
      [
        ["pod", ""],
        ["deployment", ""],
      ],
    );
    assert.equal(role.Version, "v8");
    assert.deepEqual(Object.keys(role.Metadata?.Labels ?? {}), []);
  });

  it("an allowance that cannot be said is left out, and never becomes everything", () => {
    const role = filled("v8", { ...kube, KubernetesResources: [resource("widgets", "example.com")] });
    const older = downgradeRole(role, "before 18");
    fillDefaults(older);
    assert.deepEqual(older.Spec?.Allow?.KubernetesResources, []);
    assert.deepEqual(readRole(older).allow.labelSelectors, {});
  });

  it("a denial that cannot be said denies everything", () => {
    const role = filled("v8");
    role.Spec!.Deny!.KubernetesResources = filled("v8", {
      KubernetesResources: [resource("widgets", "example.com"), resource("*", "apps")],
    }).Spec!.Allow!.KubernetesResources;
    const denied = downgradeRole(role, "before 18").Spec?.Deny?.KubernetesResources;
    assert.deepEqual(
      denied?.map((one) => one.Kind),
      ["*", "*"],
    );
  });

  const forwarding = [
    [{ Local: { Enabled: { Value: true } }, Remote: { Enabled: { Value: true } } }, true],
    [{}, true],
    [{ Local: { Enabled: { Value: false } } }, false],
    [{ Remote: { Enabled: { Value: false } } }, false],
  ] as const;
  for (const [block, open] of forwarding) {
    it(`ssh_port_forwarding ${JSON.stringify(block)} is the older switch ${open}`, () => {
      const options = { SSHPortForwarding: block };
      const older = downgradeRole(filled("v7", {}, options), "before 17.1").Spec?.Options;
      assert.equal(older?.PortForwarding?.Value, open);
      assert.equal(older?.SSHPortForwarding, undefined);
      assert.ok(downgradeRole(filled("v8", {}, options), "before 18").Spec?.Options?.SSHPortForwarding);
    });
  }
});
