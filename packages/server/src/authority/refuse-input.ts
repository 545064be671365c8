import { AppError } from "@sallyport/api";
import { SshError } from "@sallyport/ssh";
import { X509Error } from "@sallyport/x509";

/** Runs what reads or writes down things that a caller sent; what must not be is theirs to mend. */
export async function refuseInput<T>(what: string, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof SshError || error instanceof X509Error) {
      throw new AppError("BAD_PARAMETER", `${what}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}
