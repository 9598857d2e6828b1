import { constants } from "node:fs";
import type { MaildirFs, MaildirHandle } from "../src/fs.ts";

/**
 * The same disk, where the fsyncs that `skip` chooses answer "done" and do nothing. The checker must notice, or it
 * would not notice either when somebody removes the call.
 */
export function withoutSync(disk: MaildirFs, skip: (path: string, kind: "file" | "directory") => boolean): MaildirFs {
  return {
    open: async (path, flags, mode) => {
      const handle = await disk.open(path, flags, mode);
      const kind = (flags & constants.O_DIRECTORY) !== 0 ? "directory" : "file";
      return skip(path, kind) ? unsynced(handle) : handle;
    },
    rename: (from, to) => disk.rename(from, to),
    link: (existing, name) => disk.link(existing, name),
    unlink: (path) => disk.unlink(path),
    mkdir: (path, options) => disk.mkdir(path, options),
    readdir: (path) => disk.readdir(path),
    stat: (path) => disk.stat(path),
    lstat: (path) => disk.lstat(path),
  };
}

function unsynced(handle: MaildirHandle): MaildirHandle {
  return {
    write: (data, offset, length) => handle.write(data, offset, length),
    read: (into, offset, length, position) => handle.read(into, offset, length, position),
    sync: async () => {},
    stat: () => handle.stat(),
    close: () => handle.close(),
  };
}
