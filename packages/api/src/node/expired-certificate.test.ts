import assert from "node:assert/strict";
import { test } from "node:test";
import { AuthService } from "#gen/teleport/legacy/client/proto/authservice_pb.js";
import { StatusError } from "../client/transport.ts";
import { grpcCodes, isAppError } from "../errors/index.ts";
import { type ConnectOptions, connect } from "./connect.ts";
import { fromMemory } from "./from-memory.ts";
import { GrpcTestServer } from "./testing/grpc-test-server.ts";
import { createTestAuthority } from "./testing/test-certificates.ts";

const { method } = AuthService;

test("a server that is away is told as an expired certificate where that is why, and nothing is renewed", async (context) => {
  const authority = await createTestAuthority("example");
  const { ca } = authority;
  let isAway = false;
  const server = await new GrpcTestServer()
    .answer(method.ping, () => {
      if (isAway) throw new StatusError(grpcCodes.unavailable, "away");
      return {};
    })
    .listen({ ...(await authority.issue("auth", { dns: ["teleport.cluster.local"] })), ca });
  const credentials = fromMemory({ ...(await authority.issue("alice")), ca });
  const connectTo = (options: Partial<ConnectOptions>) =>
    connect({ address: `127.0.0.1:${server.port}`, credentials, ...options });
  await using client = await connectTo({});
  await using renewing = await connectTo({ reloadCredentialsMs: 60_000 });
  await Promise.all([client.ping(), renewing.ping()]);
  isAway = true;
  await assert.rejects(client.ping(), (error) => isAppError(error, "UNAVAILABLE"));
  context.mock.timers.enable({ apis: ["Date"], now: client.identity.expiresAt });
  await assert.rejects(client.ping(), (error) => isAppError(error, "CERTIFICATE_EXPIRED"));
  await assert.rejects(renewing.ping(), (error) => isAppError(error, "UNAVAILABLE"));
  server.stop();
});
