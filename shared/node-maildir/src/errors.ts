/** The name in `new/` or `cur/` is a symlink, FIFO, socket, device or directory. Skip it and report it. */
export class NotAMessageError extends Error {
  override readonly name = "NotAMessageError";
}

/** The message is in neither `new/` nor `cur/`: another reader removed it. */
export class NotFoundError extends Error {
  override readonly name = "NotFoundError";
}

/** The errno name of a failed disk call ("ENOENT"), or undefined when the error is of another kind. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
