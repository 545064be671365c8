import { AppError, isAppError } from "@sallyport/api";

/** Names the thing that an auth service of another kind or an older version does not do, where it refuses the call. */
export async function served<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!isAppError(error, "NOT_IMPLEMENTED")) throw error;
    const hint = "Nothing was changed. The version of the auth service is in: tctl status.";
    throw new AppError("NOT_IMPLEMENTED", `the auth service does not serve ${what}: ${error.message}`, {
      cause: error,
      details: { hint },
    });
  }
}
