export { Draft } from "./draft.ts";
export { type Chunks, syncDirectory } from "./durable.ts";
export { NotAMessageError, NotFoundError } from "./errors.ts";
export type { MaildirFs, MaildirHandle, MaildirStat } from "./fs.ts";
export { Maildir, type MaildirOptions } from "./maildir.ts";
export { MaildirFile } from "./maildir-file.ts";
export type { MaildirEntry } from "./names.ts";
export { DEATH_MS, OSSIFIED_MS } from "./sweep.ts";
