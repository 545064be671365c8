import { type AccessRequestV3, instantOf, type ResourceID, stateFromWire } from "@sallyport/api";
import { clip, type Table } from "../terminal/table.ts";

const maxReason = 75;
const maxResources = 20;

/** Requests as a table, and remarks for below it where something is cut. */
export function requestTable(
  requests: readonly AccessRequestV3[],
  now: number,
): { readonly table: Table; readonly remarks: readonly string[] } {
  const headers = [
    "Token",
    "Requestor",
    "Metadata",
    "Resources",
    "Created At (UTC)",
    "Request TTL",
    "Session TTL",
    "Status",
    "Request Reason",
    "Resolve Reason",
  ];
  const rows = requests.map((request) => [
    request.Metadata?.Name ?? "",
    request.Spec?.User ?? "",
    showRoles(request),
    cut(showResources(request), maxResources, "[+]"),
    showCreated(request),
    showLeft(instantOf(request.Metadata?.Expires), now),
    showLeft(instantOf(request.Spec?.Expires), now),
    showState(request),
    showReason(request.Spec?.RequestReason),
    showReason(request.Spec?.ResolveReason),
  ]);
  const marks = rows.flat().join(" ");
  return {
    table: { headers, rows },
    remarks: [
      ...(marks.includes(" [+]") ? ["[+] Cut; the whole: tctl requests get ID"] : []),
      ...(marks.includes(" [*]") ? ["[*] Cut; the whole: tctl requests get ID"] : []),
    ],
  };
}

/** One request as name and value, nothing cut. */
export function requestFields(request: AccessRequestV3): [string, string][] {
  const none = (text: string) => (text === "" ? "[none]" : text);
  return [
    ["Token", request.Metadata?.Name ?? ""],
    ["Requestor", request.Spec?.User ?? ""],
    ["Metadata", none(showRoles(request))],
    ["Resources", none(showResources(request))],
    ["Created At (UTC)", showCreated(request)],
    ...optionalFields(request),
    ["Status", showState(request)],
    ["Request Reason", none(request.Spec?.RequestReason ?? "")],
    ["Resolve Reason", none(request.Spec?.ResolveReason ?? "")],
    ...(request.Spec?.Reviews ?? []).map((review): [string, string] => [
      `Review by ${review.Author}`,
      `${stateFromWire(review.ProposedState) ?? "?"}${review.Reason === "" ? "" : ` ${JSON.stringify(review.Reason)}`}`,
    ]),
  ];
}

/** What not every request has, and a reviewer wants to know. */
function optionalFields({ Spec }: AccessRequestV3): [string, string][] {
  const [startsAt, endsAt] = [instantOf(Spec?.AssumeStartTime), instantOf(Spec?.Expires)];
  const reviewers = Spec?.SuggestedReviewers.join(",") ?? "";
  return [
    ...(startsAt === undefined ? [] : [["Starts At (UTC)", formatRfc822(startsAt)] as [string, string]]),
    ...(endsAt === undefined ? [] : [["Ends At (UTC)", formatRfc822(endsAt)] as [string, string]]),
    ...(reviewers === "" ? [] : [["Asked to Review", reviewers] as [string, string]]),
  ];
}

export function showState(request: AccessRequestV3): string {
  return stateFromWire(request.Spec?.State ?? 0) ?? `state ${request.Spec?.State}`;
}

function showRoles({ Spec }: AccessRequestV3): string {
  return `roles=${Spec?.Roles.join(",") ?? ""}`;
}

function showResources({ Spec }: AccessRequestV3): string {
  return (Spec?.RequestedResourceIDs ?? []).map(formatResourceId).join(",");
}

/** `/cluster/kind/name`, and what is below it. */
export function formatResourceId({ ClusterName, Kind, Name, SubResourceName }: ResourceID): string {
  return `/${ClusterName}/${Kind}/${Name}${SubResourceName === "" ? "" : `/${SubResourceName}`}`;
}

function showReason(reason = ""): string {
  return reason === "" ? "" : JSON.stringify(cut(reason, maxReason, "[*]"));
}

function cut(text: string, size: number, mark: string): string {
  return [...text].length <= size ? text : `${clip(text, size)} ${mark}`;
}

function showCreated({ Spec }: AccessRequestV3): string {
  const at = instantOf(Spec?.Created);
  return at === undefined ? "" : formatRfc822(at);
}

/** `02 Jan 06 15:04 UTC`. */
export function formatRfc822(at: number): string {
  const [, day, month, year, time] = new Date(at).toUTCString().split(" ");
  return `${day} ${month} ${year?.slice(2)} ${time?.slice(0, 5)} UTC`;
}

/** What is left until then, in whole minutes: `2h5m`. */
function showLeft(at: number | undefined, now: number): string {
  if (at === undefined) return "never";
  const minutes = Math.round((at - now) / 60_000);
  if (minutes <= 0) return at <= now ? "expired" : "<1m";
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes}m` : `${hours}h${minutes % 60}m`;
}
