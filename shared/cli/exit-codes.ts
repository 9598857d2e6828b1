/** The exit codes of every command, named after sysexits.h: other people's scripts branch on them. */
export const EXIT = {
  done: 0,
  usage: 64,
  badData: 65,
  unreachable: 69,
  cannotCreate: 73,
  tempFail: 75,
  notPermitted: 77,
  config: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each code says, for `--help` and the documentation. */
export const EXIT_MEANING: Record<ExitCode, string> = {
  0: "done",
  64: "the command line is wrong",
  65: "the data given is wrong",
  69: "the peer cannot be reached",
  73: "something cannot be created or written",
  75: "something is left or deferred, try again",
  77: "not permitted",
  78: "the configuration is wrong",
};
