import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  type AuthService,
  MFARequired,
  type UserSingleUseCertsRequest,
  UserSingleUseCertsResponseSchema,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import type { Call, RpcPart } from "../rpc/index.ts";
import { keysFor, keysOf, secondFactorOf, wishOf } from "./certs-rpc.ts";
import { decideSubject, type IssueDeps, issueUserCerts } from "./issue-user-certs.ts";
import type { SignedCertificates } from "./sign-user-certificates.ts";
import type { UserCertsWish } from "./user-certs.ts";

type Turns = AsyncIterator<UserSingleUseCertsRequest>;
type Turn = UserSingleUseCertsRequest["Request"];
type Answer = MessageInitShape<typeof UserSingleUseCertsResponseSchema>["Response"];

/** The way to single-use certificates before they were a purpose of GenerateUserCerts: the same decision, in turns. */
export function singleUseRpcs(deps: IssueDeps): RpcPart<typeof AuthService, "generateUserSingleUseCerts"> {
  return {
    generateUserSingleUseCerts: {
      access: { decidedBy: "own certificate, for one usage" },
      audit: ["cert.create", "user.login"],
      handle: async function* (requests, call) {
        const turns = requests[Symbol.asyncIterator]();
        try {
          for await (const Response of exchange(deps, turns, call)) {
            yield create(UserSingleUseCertsResponseSchema, { Response });
          }
        } finally {
          await turns.return?.();
        }
      },
    },
  };
}

async function* exchange(deps: IssueDeps, turns: Turns, call: Call): AsyncGenerator<NonNullable<Answer>> {
  const request = await initOf(turns);
  const wish: UserCertsWish = { ...wishOf(request), isSingleUse: true };
  const keys = keysFor(wish, keysOf(request));
  // Who may not have the certificate is told before they are asked for anything.
  await decideSubject(deps, wish, call);
  yield { case: "MFAChallenge", value: { MFARequired: MFARequired.MFA_REQUIRED_NO } };
  const secondFactor = await secondFactorIn(turns);
  // A lock, or the end of a right, may have come while the client thought.
  await call.reauthorize();
  const signed = await issueUserCerts(deps, { ...wish, secondFactor }, keys, call);
  yield { case: "Cert", value: { Cert: certificateFor(wish, signed) } };
}

async function initOf(turns: Turns) {
  const turn = await nextTurn(turns);
  // Since version 18 the messages of this method are empty.
  if (turn.case === undefined) {
    throw new AppError(
      "NOT_IMPLEMENTED",
      "single-use certificates are for an Init here; newer clients call GenerateUserCerts with that purpose",
    );
  }
  if (turn.case !== "Init") throw new AppError("BAD_PARAMETER", "the first message is an Init");
  return turn.value;
}

async function secondFactorIn(turns: Turns) {
  const turn = await nextTurn(turns);
  if (turn.case === "MFAResponse") return secondFactorOf(turn.value);
  throw new AppError("BAD_PARAMETER", "the message after the challenge is an MFAResponse");
}

async function nextTurn(turns: Turns): Promise<Turn> {
  const next = await turns.next();
  if (next.done) throw new AppError("BAD_PARAMETER", "the client ended the exchange before its certificate");
  return next.value.Request;
}

function certificateFor({ usage }: UserCertsWish, { ssh, tls }: SignedCertificates) {
  return usage === "ssh"
    ? ({ case: "SSH", value: Buffer.from(ssh) } as const)
    : ({ case: "TLS", value: Buffer.from(tls) } as const);
}
