import { AppError } from "@sallyport/api";
import type { AlertFacts } from "./decide-alert.ts";

/** What is written of an alert. */
export interface SentAlert extends AlertFacts {
  readonly Spec?: { readonly Severity: number; readonly Message: string } | undefined;
}

/** Severities that the API knows: low, medium, high. */
const severities: readonly number[] = [0, 5, 10];

/**
 * Throws BAD_PARAMETER for an alert that cannot be shown. Every `tctl` prints alerts into the terminal of its user, so
 * no text of theirs may steer it.
 */
export function checkAlert(alert: SentAlert): void {
  const { Header, Spec } = alert;
  if (Header?.Metadata === undefined || Spec === undefined) throw bad("the alert needs a header and a spec");
  if (Header.Metadata.Name === "") throw bad("the alert needs metadata.name");
  if (Spec.Message.trim() === "") throw bad("the alert has no message");
  refuseControl("the message of an alert", Spec.Message);
  refuseControl("the name of an alert", Header.Metadata.Name);
  refuseControl("a label of an alert", Object.entries(Header.Metadata.Labels).flat().join(""));
  if (!severities.includes(Spec.Severity)) {
    throw bad(`the severity of an alert is 0 (low), 5 (medium) or 10 (high), not ${Spec.Severity}`);
  }
}

/** As for alerts: throws BAD_PARAMETER for an acknowledgement that says nothing, or too much. */
export function checkAck(ack: { readonly AlertID: string; readonly Reason: string }): void {
  if (ack.AlertID === "") throw bad("which alert? alert_id is empty");
  if (ack.Reason.trim() === "") throw bad("an acknowledgement needs a reason");
  refuseControl("the reason of an acknowledgement", ack.Reason);
}

function refuseControl(what: string, text: string): void {
  if (/\p{Cc}/u.test(text)) throw bad(`${what} has line breaks or control characters`);
}

function bad(message: string): AppError {
  return new AppError("BAD_PARAMETER", message);
}
