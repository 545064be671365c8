import type { MessageInitShape } from "@bufbuild/protobuf";
import { type DurationSchema, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { AppError, formatResource } from "@sallyport/api";
import type { CertAuthorityV2 } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { TrustService } from "@sallyport/api/gen/teleport/trust/v1/trust_service_pb";
import type { JsonRoute } from "../rpc/index.ts";
import { type Fields, readFields } from "./read-fields.ts";
import type { ServedRpcs } from "./served-rpcs.ts";

const SECOND_NS = 1_000_000_000n;
const { getCertAuthorities, getCertAuthority, rotateCertAuthority, generateHostCert } = TrustService.method;

const shown = (authority: CertAuthorityV2) => formatResource("cert_authority", authority);

/** Certificate authorities, their rotation, and certificates of hosts. */
export function authorityRoutes(rpcs: ServedRpcs): readonly JsonRoute[] {
  const withKeys = (query: URLSearchParams) => query.get("load_keys") === "true";
  return [
    {
      method: "GET",
      pattern: "/v2/authorities/:type",
      access: rpcs.access(getCertAuthorities),
      handle: async ({ params: { type = "" }, query }, call) => {
        const answer = await rpcs.call(getCertAuthorities, { type, includeKey: withKeys(query) }, call);
        return answer.certAuthoritiesV2.map(shown);
      },
    },
    {
      method: "GET",
      pattern: "/v2/authorities/:type/:domain",
      access: rpcs.access(getCertAuthority),
      handle: async ({ params: { type = "", domain = "" }, query }, call) =>
        shown(await rpcs.call(getCertAuthority, { type, domain, includeKey: withKeys(query) }, call)),
    },
    {
      method: "POST",
      pattern: "/v2/authorities/:type/rotate",
      access: rpcs.access(rotateCertAuthority),
      handle: async ({ params, body }, call) => {
        const fields = readFields(await body());
        for (const type of typesToRotate(params.type)) {
          await rpcs.call(rotateCertAuthority, { type, ...readRotation(fields) }, call);
        }
      },
    },
    {
      method: "POST",
      pattern: "/v2/ca/host/certs",
      access: rpcs.access(generateHostCert),
      handle: async ({ body }, call) => {
        const wish = readHostCert(readFields(await body()));
        const { sshCertificate } = await rpcs.call(generateHostCert, wish, call);
        return Buffer.from(sshCertificate).toString("utf8");
      },
    },
  ];
}

/** A client that was told no type means both kinds of certificates that there were then. */
const typesToRotate = (type = "all") => (type === "all" ? ["user", "host"] : [type]);

function readRotation(fields: Fields) {
  const grace = fields.nanos("grace_period");
  const schedule = fields.object("schedule");
  return {
    targetPhase: fields.text("target_phase"),
    mode: fields.text("mode"),
    ...(grace > 0n && { gracePeriod: duration(grace) }),
    ...(schedule !== undefined && schedule !== null && { schedule: readSchedule(readFields(schedule)) }),
  };
}

const readSchedule = (fields: Fields) => ({
  updateClients: readInstant(fields.text("update_clients")),
  updateServers: readInstant(fields.text("update_servers")),
  standby: readInstant(fields.text("standby")),
});

/** Go's zero time, the year 1, is an instant that is not set. */
function readInstant(text: string) {
  if (text === "") return undefined;
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new AppError("BAD_PARAMETER", "a time of the schedule is no time");
  return date.getTime() < 0 ? undefined : timestampFromDate(date);
}

function readHostCert(fields: Fields) {
  const [role = "", ...others] = fields.texts("roles");
  if (role === "" || others.length > 0)
    throw new AppError("BAD_PARAMETER", "exactly one system role is needed");
  return {
    key: fields.bytes("key"),
    hostId: fields.text("hostname"),
    nodeName: fields.text("node_name"),
    principals: fields.texts("principals"),
    clusterName: fields.text("auth_domain"),
    role,
    ttl: duration(fields.nanos("ttl")),
  };
}

const duration = (nanos: bigint): MessageInitShape<typeof DurationSchema> => ({
  seconds: nanos / SECOND_NS,
  nanos: Number(nanos % SECOND_NS),
});
