import type { MessageInitShape } from "@bufbuild/protobuf";
import { fromBinary } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  type CertificateEntrySchema,
  type CertificateInventoryService,
  CertificateSchema,
  type FindCertificatesRequest,
  type ListCertificatesRequest,
  type RevokeCertificatesRequest,
} from "@sallyport/api/gen/sallyport/certificates/v1/certificate_inventory_service_pb.js";
import { type Access, type Call, MAX_PAGE_BYTES, type RpcPart, readTime } from "../rpc/index.ts";
import { certificateKinds } from "./certificate.ts";
import { readFingerprint } from "./fingerprint.ts";
import { listRevocations } from "./list-revocations.ts";
import {
  type RevocationSelector,
  type RevocationWish,
  type RevokeDeps,
  revokeCertificates,
} from "./revoke-certificates.ts";
import {
  type CertificateFilter,
  type CertificateSearch,
  type FoundEntry,
  findBySerial,
  findEntry,
  searchCertificates,
} from "./search-certificates.ts";
import { isEntryId, readSerial } from "./serial.ts";
import { writeRevocation } from "./store.ts";

const KIND = "certificate";
const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;
const MAX_ASKED = 1000;
const MAX_REASON = 1000;

const reading: Access = { kind: KIND, verbs: ["list", "read"] };

type InventoryMethods =
  | "listCertificates"
  | "getCertificate"
  | "findCertificates"
  | "revokeCertificates"
  | "listRevocations";

/** Every certificate that was issued, and what of it is revoked. */
export function certificateInventoryRpcs(
  deps: RevokeDeps,
): RpcPart<typeof CertificateInventoryService, InventoryMethods> {
  return {
    listCertificates: {
      access: reading,
      handle: async (request, call) => {
        const { entries, nextToken } = await searchCertificates(deps, searchOf(request, call.now));
        return { entries: entries.map(writeEntry), nextPageToken: nextToken };
      },
    },
    getCertificate: {
      access: { kind: KIND, verbs: ["read"] },
      handle: async ({ id, serial }) => {
        if ((id === "") === (serial === ""))
          throw new AppError("BAD_PARAMETER", "name an id or a serial number");
        const found = id === "" ? findBySerial(deps, readSerial(serial)) : findEntry(deps, checkedId(id));
        const entry = await found;
        if (entry !== undefined) return writeEntry(entry);
        throw new AppError(
          "NOT_FOUND",
          `no certificate was issued with ${id === "" ? `serial number ${serial}` : `id ${id}`}`,
        );
      },
    },
    findCertificates: { access: reading, handle: (request, call) => findAll(deps, request, call.now) },
    revokeCertificates: {
      access: { decidedBy: "certificate list+read, and update unless it is a dry run" },
      audit: ["certificate.revoke"],
      handle: async (request, call) => {
        demandRevoke(call, request.dryRun);
        const report = await revokeCertificates(deps, wishOf(request), call);
        return {
          ...report,
          entries: report.entries.map(writeEntry),
          version: BigInt(deps.revocations.version),
        };
      },
    },
    listRevocations: {
      access: reading,
      handle: ({ pageSize, pageToken }) => {
        const page = listRevocations(deps.revocations, pageSizeOf(pageSize), pageToken);
        return {
          revocations: page.revocations.map(writeRevocation),
          nextPageToken: page.nextToken,
          version: BigInt(deps.revocations.version),
        };
      },
    },
  };
}

function demandRevoke({ caller }: Call, dryRun: boolean): void {
  const verdict = caller.permissions.check(KIND, dryRun ? ["list", "read"] : ["list", "read", "update"]);
  if (verdict.allow) return;
  throw new AppError("ACCESS_DENIED", "access denied to revoke certificates", { cause: verdict.because });
}

function searchOf(request: ListCertificatesRequest, now: number): CertificateSearch {
  const filter: CertificateFilter = {
    user: set(request.user),
    serial: request.serial === "" ? undefined : readSerial(request.serial),
    fingerprint: request.fingerprint === "" ? undefined : readFingerprint(request.fingerprint),
    principal: set(request.principal),
    kind: request.kind === "" ? undefined : kindOf(request.kind),
    accessRequest: set(request.accessRequest),
    expiresBeforeAt: readTime(request.expiresBefore),
    revokedOnly: request.revokedOnly,
    goodOnly: request.goodOnly,
  };
  const limit = pageSizeOf(request.pageSize);
  return { filter, limit, token: request.pageToken, now, maxBytes: MAX_PAGE_BYTES };
}

const set = (text: string) => (text === "" ? undefined : text);

function kindOf(text: string) {
  const kind = certificateKinds.find((one) => one === text);
  if (kind !== undefined) return kind;
  throw new AppError("BAD_PARAMETER", `kind is ${certificateKinds.join(", ")}, not ${JSON.stringify(text)}`);
}

function pageSizeOf(size: number): number {
  if (size < 0) throw new AppError("BAD_PARAMETER", "page_size is negative");
  return size === 0 ? DEFAULT_PAGE : Math.min(size, MAX_PAGE);
}

function checkedId(id: string): string {
  if (isEntryId(id)) return id;
  throw new AppError("BAD_PARAMETER", `${JSON.stringify(id)} is not an id: it has 16 hexadecimal digits`);
}

function wishOf({ selector, reason, dryRun }: RevokeCertificatesRequest): RevocationWish {
  if (reason.length > MAX_REASON) {
    throw new AppError("BAD_PARAMETER", `a reason has at most ${MAX_REASON} characters`);
  }
  return { selector: selectorOf(selector), reason, dryRun };
}

function selectorOf(selector: RevokeCertificatesRequest["selector"]): RevocationSelector {
  if (selector.case === undefined || selector.value === "") {
    throw new AppError(
      "BAD_PARAMETER",
      "say what is to be revoked: id, serial, user, fingerprint or access_request",
    );
  }
  const { value } = selector;
  switch (selector.case) {
    case "id":
      return { by: "id", id: checkedId(value) };
    case "serial":
      return { by: "serial", serial: readSerial(value), text: value };
    case "user":
      return { by: "user", user: value };
    case "fingerprint":
      return { by: "fingerprint", fingerprint: readFingerprint(value) };
    case "accessRequest":
      return { by: "access_request", accessRequest: value };
  }
}

async function findAll(deps: RevokeDeps, { serials, fingerprints }: FindCertificatesRequest, now: number) {
  if (serials.length + fingerprints.length > MAX_ASKED) {
    throw new AppError(
      "BAD_PARAMETER",
      `at most ${MAX_ASKED} serial numbers and fingerprints are looked up at once`,
    );
  }
  const found: { asked: string; entry: Entry }[] = [];
  const unknownSerials: string[] = [];
  const unknownFingerprints: string[] = [];
  for (const asked of serials) {
    const entry = await findBySerial(deps, readSerial(asked));
    if (entry === undefined) unknownSerials.push(asked);
    else found.push({ asked, entry: writeEntry(entry) });
  }
  for (const asked of fingerprints) {
    const filter = { fingerprint: readFingerprint(asked) };
    const page = await searchCertificates(deps, {
      filter,
      limit: 1,
      token: "",
      now,
      maxBytes: MAX_PAGE_BYTES,
    });
    const [entry] = page.entries;
    if (entry === undefined) unknownFingerprints.push(asked);
    else found.push({ asked, entry: writeEntry(entry) });
  }
  return { found, unknownSerials, unknownFingerprints };
}

type Entry = MessageInitShape<typeof CertificateEntrySchema>;

function writeEntry({ bytes, revoked }: FoundEntry): Entry {
  const certificate = fromBinary(CertificateSchema, bytes);
  return revoked === undefined ? { certificate } : { certificate, revocation: writeRevocation(revoked) };
}
