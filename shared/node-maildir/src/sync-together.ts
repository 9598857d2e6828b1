// Group commit for directories: deliveries that wait for the same directory share one fsync, but only one that
// STARTED after their own rename. One already running may have passed their name by.
import { syncDirectory } from "./durable.ts";
import type { MaildirFs } from "./fs.ts";

interface Group {
  readonly running: Promise<void>;
  /** The sync that begins when `running` ends; everybody who came meanwhile waits for it. */
  next: Promise<void> | undefined;
}

// Process-wide, so that several Maildir objects on one path share as well. Weak: a test's disk goes with its test.
const groupsOfDisk = new WeakMap<MaildirFs, Map<string, Group>>();

/** Like {@link syncDirectory}, shared. A failed fsync rejects for everyone who shared it, and for no one else. */
export function syncTogether(fs: MaildirFs, directory: string): Promise<void> {
  const groups = groupsOf(fs);
  const group = groups.get(directory);
  if (group === undefined) return start(fs, groups, directory);
  const again = () => start(fs, groups, directory);
  group.next ??= group.running.then(again, again);
  return group.next;
}

function start(fs: MaildirFs, groups: Map<string, Group>, directory: string): Promise<void> {
  const group: Group = { running: syncDirectory(directory, fs), next: undefined };
  groups.set(directory, group);
  const forget = () => {
    if (group.next === undefined && groups.get(directory) === group) groups.delete(directory);
  };
  group.running.then(forget, forget);
  return group.running;
}

function groupsOf(fs: MaildirFs): Map<string, Group> {
  let groups = groupsOfDisk.get(fs);
  if (groups === undefined) {
    groups = new Map();
    groupsOfDisk.set(fs, groups);
  }
  return groups;
}
