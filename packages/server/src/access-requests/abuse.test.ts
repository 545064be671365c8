import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import { ListAccessRequestsRequestSchema } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb.js";
import {
  AccessRequestFilterSchema,
  AccessRequestV3Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { newRole, type Role } from "../roles/index.ts";
import type { Call } from "../rpc/index.ts";
import type { Backend, Change, Key } from "../storage/index.ts";
import { attachThresholds } from "./asking/attach-thresholds.ts";
import { readRequestPolicies } from "./asking/request-policy.ts";
import { createRequest } from "./create-request.ts";
import { checkStateChange } from "./decide-state.ts";
import { deleteRequest } from "./delete-request.ts";
import { expireRequests } from "./expire-requests.ts";
import { explainAccessRequest } from "./explaining/explain-request.ts";
import { getCapabilities } from "./explaining/get-capabilities.ts";
import { accessRequestRpcs } from "./rpc.ts";
import { setRequestState } from "./set-request-state.ts";
import { loadRequest } from "./store.ts";
import { submitReview } from "./submit-review.ts";
import { askingRole, DAY, requesterWith, reviewBy, reviewingRole, wishFor } from "./testing/examples.ts";
import { openSmallCluster, type SmallCluster } from "./testing/small-cluster.ts";
import { approval, ask, isReason, openStory } from "./testing/story.ts";

const ID = "3c1f0f0e-7d2c-4c70-9a55-7a4f5f0f1a11";

type Write = (deps: SmallCluster["deps"], id: string, call: Call) => Promise<unknown>;

const askAs = (cluster: SmallCluster, id: string, roles: string[]) =>
  accessRequestRpcs(cluster.deps).createAccessRequest.handle(
    create(AccessRequestV3Schema, { Metadata: { Name: id }, Spec: { User: "alice", Roles: roles } }),
    cluster.call("alice"),
  );

describe("threat 17: an id that was answered once is not another wish later", () => {
  it("after a request expired", async () => {
    const cluster = await openStory();
    await askAs(cluster, ID, ["dev"]);
    cluster.clock.advance(8 * DAY);
    assert.equal(await expireRequests(cluster.deps), 1);
    await assert.rejects(async () => askAs(cluster, ID, ["ops"]), isReason("ALREADY_EXISTS"));
  });

  it("after a request was deleted, whoever chose its id", async () => {
    const cluster = await openStory();
    const id = await ask(cluster);
    await deleteRequest(cluster.deps, id, cluster.call("Admin"));
    await assert.rejects(async () => askAs(cluster, id, ["ops"]), isReason("ALREADY_EXISTS"));
    await askAs(cluster, ID, ["ops"]);
  });
});

describe("threat 16: requester and reviewer are two people", () => {
  it("an answered request is not created for oneself under another name", async () => {
    const maker = newRole("maker", {
      allow: { rules: [{ resources: ["access_request"], verbs: ["create"], where: "", actions: [] }] },
    });
    const asks = askingRole("asks", { allow: { roles: ["dev"] } });
    const cluster = await openSmallCluster({ alice: { roles: [asks] }, boss: { roles: [maker] } }, [
      newRole("dev"),
    ]);
    const wish = wishFor({ roles: ["dev"], state: "APPROVED" });
    const asAlice = cluster.call("boss", { impersonator: "alice" });
    await assert.rejects(createRequest(cluster.deps, wish, asAlice), isReason("ACCESS_DENIED"));
    await createRequest(cluster.deps, wish, cluster.call("boss"));
  });

  it("a reviewer who loses the role while the review waits for its turn reviews nothing", async () => {
    const people: Record<string, { roles: Role[] }> = {
      alice: { roles: [askingRole("asks", { allow: { roles: ["dev"] } })] },
      bob: { roles: [reviewingRole("reviews", { roles: ["dev"] })] },
    };
    const cluster = await openSmallCluster(people, [newRole("dev")]);
    const id = await ask(cluster);
    const { backend } = cluster.deps;
    const later: Backend = Object.assign(Object.create(backend), {
      get: (key: Key) => {
        people.bob = { roles: [] };
        return backend.get(key);
      },
      commit: (changes: readonly Change[]) => backend.commit(changes),
    });
    const deps = { ...cluster.deps, backend: later };
    await assert.rejects(
      submitReview(deps, id, reviewBy("bob"), cluster.call("bob")),
      isReason("ACCESS_DENIED"),
    );
  });

  for (const [name, write] of [
    ["approves", (deps, id, call) => setRequestState(deps, id, approval, "", call)],
    ["reviews", (deps, id, call) => submitReview(deps, id, reviewBy("bob"), call)],
    ["deletes", deleteRequest],
  ] as readonly [string, Write][]) {
    it(`threat 18: whoever loses the right while the call waits for its turn ${name} nothing`, async () => {
      const cluster = await openStory();
      const id = await ask(cluster);
      const call: Call = {
        ...cluster.call("Admin"),
        reauthorize: () => Promise.reject(new AppError("LOCKED")),
      };
      await assert.rejects(async () => write(cluster.deps, id, call), isReason("LOCKED"));
      assert.equal((await loadRequest(cluster.backend, id))?.state, "PENDING");
    });
  }

  it("the log says who sent in a review in the name of another", async () => {
    const cluster = await openStory();
    const id = await ask(cluster);
    await submitReview(cluster.deps, id, reviewBy("bob"), cluster.call("Admin"));
    const entry = (await cluster.audit()).at(-1);
    assert.deepEqual([entry?.reviewer, entry?.updated_by], ["bob", "Admin"]);
    await submitReview(cluster.deps, id, reviewBy("cas"), cluster.call("cas"));
    assert.equal((await cluster.audit()).at(-1)?.updated_by, undefined);
  });
});

describe("a review says no more than it may", () => {
  it("names no access list, and every role once", async () => {
    const cluster = await openStory();
    const id = await ask(cluster);
    const sent = reviewBy("bob", { promotedTo: { name: "x", title: "y" }, roles: ["dev", "dev", "dev"] });
    const { request } = await submitReview(cluster.deps, id, sent, cluster.call("bob"));
    assert.deepEqual([request.promotedTo, request.reviews[0]?.promotedTo], [undefined, undefined]);
    assert.deepEqual(request.reviews[0]?.roles, ["dev"]);
  });
});

describe("threat 9: a list of names that is too long costs nothing", () => {
  const roles = Array.from({ length: 1001 }, (_, index) => `r${index}`);
  const resourceIds = roles.map((name) => ({ cluster: "", kind: "node", name, subResource: "" }));
  const wish = { requestableRoles: true, suggestedReviewers: false, login: "", filterByResource: false };
  const explained = { user: "", roles: [], resourceIds: [], requestId: "", reviewer: "" };
  const tries: [string, (deps: SmallCluster["deps"], call: Call) => Promise<unknown>][] = [
    ["asking for roles", (deps, call) => createRequest(deps, wishFor({ roles }), call)],
    ["asking for resources", (deps, call) => createRequest(deps, wishFor({ resourceIds }), call)],
    ["having it explained", (deps, call) => explainAccessRequest(deps, { ...explained, roles }, call)],
    [
      "asking what can be asked for",
      (deps, call) => getCapabilities(deps, "", { ...wish, resourceIds }, call),
    ],
  ];
  for (const [name, attempt] of tries) {
    it(`${name}: it is refused before anything is looked up`, async () => {
      const { deps, call } = await openStory();
      const lookUp = () => assert.fail("looked up");
      const strict = { ...deps, users: { get: lookUp }, roles: { get: lookUp, all: lookUp } };
      await assert.rejects(async () => attempt(strict, call("alice")), isReason("BAD_PARAMETER"));
    });
  }
});

it("threat 9: requests are searched for a few words", async () => {
  const cluster = await openStory();
  const { listAccessRequests, getAccessRequests } = accessRequestRpcs(cluster.deps);
  const filter = create(AccessRequestFilterSchema, { SearchKeywords: Array(101).fill("a") });
  const listing = create(ListAccessRequestsRequestSchema, { Filter: filter });
  const call = cluster.call("alice");
  await assert.rejects(async () => listAccessRequests.handle(listing, call), isReason("BAD_PARAMETER"));
  await assert.rejects(async () => getAccessRequests.handle(filter, call), isReason("BAD_PARAMETER"));
});

describe("threat 9: a request stays small, because everybody who watches is sent it", () => {
  const large = "x".repeat(65_537);
  const wishes = {
    labels: { labels: { a: large } },
    "suggested reviewers": { suggestedReviewers: [large] },
    "a login hint": { loginHint: large },
  };
  for (const [name, said] of Object.entries(wishes)) {
    it(`${name}`, async () => {
      const cluster = await openStory();
      const wish = wishFor({ roles: ["dev"], ...said });
      await assert.rejects(
        createRequest(cluster.deps, wish, cluster.call("alice")),
        isReason("BAD_PARAMETER"),
      );
    });
  }

  it("annotations of an answer", () => {
    const change = { ...approval, annotations: { a: [large] } };
    const changer = { name: "Admin", impersonator: "", activeRequests: [] };
    const refusal = checkStateChange(change, changer);
    assert.equal(refusal?.reason, "BAD_PARAMETER");
  });

  it("an older client that asks for more than an answer holds is told so", async () => {
    const cluster = await openStory();
    const said = "y".repeat(60_000);
    for (let index = 0; index < 75; index += 1) {
      const wish = wishFor({ roles: ["dev"], labels: { said } });
      await createRequest(cluster.deps, wish, cluster.call("alice"));
    }
    const all = accessRequestRpcs(cluster.deps).getAccessRequests.handle;
    const filter = create(AccessRequestFilterSchema);
    await assert.rejects(async () => all(filter, cluster.call("Admin")), isReason("ANSWER_TOO_LARGE"));
  });

  it("thresholds are compared once for each role that brings them", () => {
    const thresholds = Array.from({ length: 2000 }, (_, i) => ({
      name: `${i}`,
      filter: "",
      approve: 1,
      deny: 1,
    }));
    const policies = readRequestPolicies(
      requesterWith([askingRole("asks", { allow: { roles: ["*"], thresholds } })]),
    );
    const names = Array.from({ length: 1000 }, (_, i) => `r${i}`);
    const began = process.cpuUsage();
    attachThresholds(policies, names);
    assert.ok(process.cpuUsage(began).user < 2e6);
  });
});
