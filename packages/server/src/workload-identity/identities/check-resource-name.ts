import { AppError } from "@sallyport/api";

const MAX_NAME_LENGTH = 256;

/** Names are opaque; what cannot be shown in a line, or looks like a path that goes up, is none. */
export function checkResourceName(noun: string, name: string): void {
  const fail = (why: string) => {
    throw new AppError("BAD_PARAMETER", `the name of the ${noun}: ${why}`, {
      details: { field: "metadata.name" },
    });
  };
  if (name === "") fail("metadata.name is empty");
  if (name.length > MAX_NAME_LENGTH) fail(`it is longer than ${MAX_NAME_LENGTH} characters`);
  if (name === "." || name === ".." || /[\p{C}\p{Z}/\\]/u.test(name)) {
    fail(`${JSON.stringify(name)} has blanks, slashes or characters that cannot be shown`);
  }
}
