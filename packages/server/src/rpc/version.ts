/** The version of the API that is spoken on the wire; the project's own version is another matter. */
export const API_VERSION = "18.0.0";
