/** How loud an event is; `log.level` in the configuration cuts off what is quieter. */
export type Level = "debug" | "info" | "warn" | "error";
export const LEVELS: readonly Level[] = ["debug", "info", "warn", "error"];

interface EventRow {
  readonly level: Level;
  /** One sentence for the operator who meets the line. */
  readonly doc: string;
  /** The fields that belong to it, in the order in which they are worth reading. */
  readonly fields: readonly string[];
}

/**
 * Every event that a node may log; LOG.md is made from this table (`npx vitest run shared/log -u`).
 * `mail` is the mail id and `peer` an address, wherever they stand.
 */
export const EVENTS = {
  // The node
  ready: { level: "info", doc: "Every listener is open", fields: ["listen"] },
  stopping: { level: "info", doc: "A stop was asked for; sessions are being ended", fields: ["signal"] },
  stopped: { level: "info", doc: "Everything is closed", fields: ["seconds"] },
  "internal-error": {
    level: "error",
    doc: "An error nobody foresaw was caught at an edge and became a deferral; please report it",
    fields: ["where", "mail", "recipient", "entry", "peer", "error", "text"],
  },
  "disk-low": {
    level: "error",
    doc: "Too little space or too few inodes are free: new mail is deferred until there is more",
    fields: ["dir", "bytes", "inodes"],
  },
  "disk-ok": { level: "info", doc: "There is room again, mail is accepted", fields: ["dir", "bytes", "inodes"] },
  "log-dropped": { level: "warn", doc: "Lines were lost because the log could not be written", fields: ["lines"] },

  // SMTP and QMTP, coming in
  "smtp-refused-client": {
    level: "info",
    doc: "A client was turned away before it could say anything",
    fields: ["peer", "reason"],
  },
  "smtp-refused": {
    level: "info",
    doc: "A sender, recipient or message was refused or put off; `code` and `status` are what the client was told",
    fields: ["peer", "stage", "sender", "recipient", "code", "status", "text"],
  },
  "smtp-error": { level: "info", doc: "A connection broke or broke the protocol", fields: ["peer", "error"] },
  "auth-ok": { level: "info", doc: "Somebody logged in", fields: ["peer", "service", "person"] },
  "auth-failed": {
    level: "warn",
    doc: "A login failed: unknown person, wrong password or suspended",
    fields: ["peer", "service", "person", "reason"],
  },
  accepted: {
    level: "info",
    doc: "A message is durable in a queue or mailbox and its sender was told so",
    fields: ["mail", "queue", "peer", "with", "sender", "recipients", "bytes"],
  },
  filtered: {
    level: "info",
    doc: "The filter (`accept.filter`) gave another message for this one (replaced), refused it, or could not judge it (deferred)",
    fields: ["mail", "peer", "sender", "outcome", "text"],
  },

  // Outcomes, one line for each recipient
  delivered: {
    level: "info",
    doc: "A recipient's copy is somebody else's promise now, or in its mailbox",
    fields: ["mail", "queue", "recipient", "outcome", "text", "remote"],
  },
  deferred: {
    level: "info",
    doc: "A recipient's copy stays in its queue and is tried again",
    fields: ["mail", "queue", "recipient", "outcome", "status", "text", "remote"],
  },
  failed: {
    level: "warn",
    doc: "A recipient is refused for good; a bounce follows unless nobody wants one",
    fields: ["mail", "queue", "recipient", "outcome", "status", "text", "remote"],
  },
  bounced: {
    level: "info",
    doc: "A bounce for `mail` is durable: `report` is its mail id, `recipient` gets it, `for` could not be reached",
    fields: ["mail", "report", "recipient", "outcome", "for"],
  },
  "double-bounce": {
    level: "warn",
    doc: "A bounce could not be delivered: it goes to the postmaster, or is dropped when it was for the postmaster already",
    fields: ["mail", "report", "recipient", "outcome", "text", "for"],
  },
  "delay-notice": {
    level: "info",
    doc: "The sender was told that the message is still waiting",
    fields: ["mail", "report", "recipient", "outcome", "for"],
  },

  // Moderation
  held: {
    level: "info",
    doc: "A message waits for the approval of a list's owner; `recipient` was asked by the message `report`, if the outcome is delivered",
    fields: ["mail", "list", "report", "recipient", "outcome"],
  },
  moderated: {
    level: "info",
    doc: "A list's owner has accepted or rejected a message; `by` sent the word, in the message `report`",
    fields: ["mail", "list", "outcome", "by", "report"],
  },

  // Queues
  "entry-unreadable": {
    level: "error",
    doc: "A queue entry could not be read; it stays where it is",
    fields: ["queue", "entry", "text"],
  },
  "queue-swept": {
    level: "info",
    doc: "Files that a crash left half written were removed; none of them had been acknowledged",
    fields: ["queue", "files"],
  },

  // The link
  "window-open": { level: "info", doc: "A window opened: the link may be used", fields: ["link", "seconds"] },
  "window-close": {
    level: "info",
    doc: "A window is over",
    fields: ["link", "ended", "reason", "seconds", "wire", "sent", "received", "left", "atHub", "failed"],
  },
  "flush-busy": {
    level: "info",
    doc: "A window was not opened because another one is",
    fields: ["link", "holder"],
  },
  "link-refused": {
    level: "warn",
    doc: "A link connection was turned away or turned us away",
    fields: ["office", "peer", "reason"],
  },
  "link-session": {
    level: "info",
    doc: "A link session (`sent`, `received`: what it moved), or a plain QMTP connection in one direction, has ended",
    fields: [
      "office",
      "peer",
      "direction",
      "with",
      "wire",
      "sent",
      "received",
      "ended",
      "reason",
      "messages",
      "recipients",
      "bytes",
      "deferred",
      "failed",
    ],
  },
  "history-damaged": {
    level: "warn",
    doc: "Files of the link's history were torn or changed, and were removed: new mail of that office costs more until there is more history again",
    fields: ["where", "files"],
  },
  "link-store-trouble": {
    level: "warn",
    doc: "The disk does not take or give what the link keeps between sessions; mail is safe, but more of it has to cross twice",
    fields: ["where", "text"],
  },
  "parcel-undecodable": {
    level: "warn",
    doc: "A message came that could not be decoded; its sender still has it and sends it again in another encoding",
    fields: ["mail", "reason"],
  },
  "mailbox-sent": {
    level: "info",
    doc: "Old mail of somebody who is posted elsewhere now is in the outbound queue; it lies in `kept` as well, and what is too large for her new office stays in the mailbox; `more`: why the rest waits for another session",
    fields: ["person", "to", "messages", "tooLarge", "kept", "more"],
  },
  "directory-update": {
    level: "info",
    doc: "The hub's list of this office's people, or with `list` that of the organisation's names, came over the link; at the hub, with `office`: what an office says of itself came (`statement`), or a list cannot be sent",
    fields: [
      "list",
      "office",
      "version",
      "people",
      "names",
      "applied",
      "added",
      "removed",
      "ignored",
      "outcome",
      "text",
    ],
  },

  program: {
    level: "info",
    doc: "A program of the directory's was run for a message: `ended` is go-on, stop, deferred or failed",
    fields: ["mail", "recipient", "command", "ended"],
  },

  // Readers
  "pop3-login": { level: "info", doc: "Somebody opened a mailbox", fields: ["peer", "person", "messages", "bytes"] },
  "pop3-session": {
    level: "info",
    doc: "A mailbox was closed",
    fields: ["peer", "person", "ended", "sent", "removed", "bytes"],
  },
} as const satisfies Record<string, EventRow>;

export type EventName = keyof typeof EVENTS;

export function isEvent(name: string): name is EventName {
  return Object.hasOwn(EVENTS, name);
}

/** LOG.md: what the operator reads beside the log. */
export function documentEvents(): string {
  const rows = Object.entries(EVENTS).map(([name, row]) => {
    const fields = row.fields.map((field) => `\`${field}\``).join(" ");
    return `| \`${name}\` | ${row.level} | ${row.doc} | ${fields} |`;
  });
  return `${HEAD}\n${rows.join("\n")}\n`;
}

const HEAD = `# The log

One JSON document a line, on stderr: \`time\` (ISO, UTC), \`level\` (${LEVELS.join(", ")}), \`event\`, then the fields of
that event, as far as they are known. \`mail\` is the mail id, the same on every node; \`trace\` follows it.
Passwords, keys, tokens and message text are never logged; long texts are cut and end in \`…\`.

| event | level | says | fields |
|---|---|---|---|`;
