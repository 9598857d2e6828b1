/**
 * What the nodes are doing when one of them is killed: a table. A new step is a new row; where it needs mail that
 * waits already, a new snapshot.
 */
import { rm } from "node:fs/promises";
import { qrelayJson } from "../support/star.ts";
import type { Site } from "./site.ts";

export interface Step {
  readonly name: string;
  readonly says: string;
  readonly snapshot: keyof typeof SNAPSHOTS;
  /** Who is killed. "flush" is the command `spoke flush`, run while the spoke's daemon is down. */
  readonly victim: "hub" | "spoke" | "flush";
  /** Counting begins with the process, or when `act` is called. */
  readonly from: "start" | "act";
  /** May end early, when the victim has died; never throws for that. */
  readonly act: (site: Site) => Promise<unknown>;
}

const ALICE = "alice@example.org";
const BASHIR = "bashir@example.org";
const CARIM = "carim@example.org";
const STRANGER = "stranger@outside.example";

/** Folders as they are before the step; each is made once and copied for every case. */
export const SNAPSHOTS = {
  /** Nothing waits. The people are at the spoke, and everybody has one message. */
  rest: async () => undefined,
  /** Two messages wait at the spoke: for one place, and for two. */
  up: async (site: Site) => {
    await site.start("spoke");
    await site.send("spoke", BASHIR, ALICE);
    await site.send("spoke", BASHIR, ALICE, "one@outside.example");
  },
  /** Two messages wait at the hub: for one person, and for two. */
  down: async (site: Site) => {
    await site.start("hub");
    await site.send("hub", ALICE, BASHIR);
    await site.send("hub", ALICE, BASHIR, CARIM);
  },
  /** The hub will refuse one of two recipients, and the only one of a second message: the list of names does not judge its host. */
  "up-refused": async (site: Site) => {
    await site.start("spoke");
    await site.send("spoke", BASHIR, ALICE, "nobody1@kabul.example.org");
    await site.send("spoke", BASHIR, "nobody2@kabul.example.org");
  },
  /** The spoke will refuse two who were suspended since; one sender is at the hub, the other at the spoke itself. */
  "down-refused": async (site: Site) => {
    const onHub = (...words: string[]) => qrelayJson(["hub", "person", ...words, "--dir", site.folder("hub")]);
    for (const name of ["ghost1", "ghost2"]) await onHub("add", name, "--office", "herat");
    const hub = await site.start("hub");
    await site.send("hub", ALICE, BASHIR, "ghost1@example.org");
    await site.send("hub", CARIM, "ghost2@example.org");
    await hub.stop();
    for (const name of ["ghost1", "ghost2"]) await onHub("suspend", name);
  },
  /** Somebody new at the office, and mail for her behind the list. */
  people: async (site: Site) => {
    await qrelayJson(["hub", "person", "add", "dina", "--office", "herat", "--dir", site.folder("hub")]);
    await site.start("hub");
    await site.send("hub", ALICE, "dina@example.org");
  },
  /** Mail waits everywhere, and the certificates are to be made. */
  start: async (site: Site) => {
    await Promise.all([site.start("hub"), site.start("spoke")]);
    await site.send("hub", ALICE, BASHIR);
    await site.send("spoke", BASHIR, ALICE);
    for (const kind of ["hub", "spoke"] as const)
      for (const name of ["cert", "key"]) await rm(`${site.folder(kind)}/tls-${name}.pem`);
  },
} satisfies Record<string, (site: Site) => Promise<unknown>>;

const flush = (site: Site) => site.flush();

export const STEPS: readonly Step[] = [
  {
    name: "smtp-one",
    says: "SMTP in at the hub, for one office",
    snapshot: "rest",
    victim: "hub",
    from: "act",
    act: (site) => site.send("hub", STRANGER, BASHIR),
  },
  {
    name: "smtp-mailbox",
    says: "SMTP in at the hub, for its own mailbox",
    snapshot: "rest",
    victim: "hub",
    from: "act",
    act: (site) => site.send("hub", STRANGER, ALICE),
  },
  {
    name: "sorting",
    says: "SMTP in at the hub, for a mailbox, an office and the Internet",
    snapshot: "rest",
    victim: "hub",
    from: "act",
    act: (site) => site.send("hub", ALICE, ALICE, BASHIR, CARIM, "two@outside.example"),
  },
  {
    name: "qmtp-in",
    says: "plain QMTP in at the hub, for two places",
    snapshot: "rest",
    victim: "hub",
    from: "act",
    act: (site) => site.send("hub-qmtp", ALICE, ALICE, BASHIR),
  },
  {
    name: "smtp-spoke",
    says: "SMTP in at the spoke, for a mailbox there and for outside",
    snapshot: "rest",
    victim: "spoke",
    from: "act",
    act: (site) => site.send("spoke", BASHIR, CARIM, ALICE, "three@outside.example"),
  },
  {
    name: "internet",
    says: "delivery to the Internet; one recipient is refused there, the report goes to a mailbox at the hub",
    snapshot: "rest",
    victim: "hub",
    from: "act",
    act: (site) => site.send("hub", ALICE, "four@outside.example", "refuse4@outside.example"),
  },
  {
    name: "internet-report",
    says: "refused by the Internet; the report goes to an office",
    snapshot: "rest",
    victim: "hub",
    from: "act",
    act: (site) => site.send("hub", BASHIR, "refuse5@outside.example"),
  },
  {
    name: "up-spoke",
    says: "flush to the hub; the spoke dies",
    snapshot: "up",
    victim: "spoke",
    from: "act",
    act: flush,
  },
  { name: "up-hub", says: "flush to the hub; the hub dies", snapshot: "up", victim: "hub", from: "act", act: flush },
  {
    name: "down-spoke",
    says: "flush to the spoke; the spoke dies",
    snapshot: "down",
    victim: "spoke",
    from: "act",
    act: flush,
  },
  {
    name: "down-hub",
    says: "flush to the spoke; the hub dies",
    snapshot: "down",
    victim: "hub",
    from: "act",
    act: flush,
  },
  {
    name: "refused-up-spoke",
    says: "refused by the hub over the link, reports at the spoke; the spoke dies",
    snapshot: "up-refused",
    victim: "spoke",
    from: "act",
    act: flush,
  },
  {
    name: "refused-up-hub",
    says: "refused by the hub over the link; the hub dies",
    snapshot: "up-refused",
    victim: "hub",
    from: "act",
    act: flush,
  },
  {
    name: "refused-down-hub",
    says: "refused by the spoke over the link, reports at the hub and to the office; the hub dies",
    snapshot: "down-refused",
    victim: "hub",
    from: "act",
    act: flush,
  },
  {
    name: "refused-down-spoke",
    says: "refused by the spoke over the link; the spoke dies",
    snapshot: "down-refused",
    victim: "spoke",
    from: "act",
    act: flush,
  },
  {
    name: "people-spoke",
    says: "the list of people and mail for a new one; the spoke dies",
    snapshot: "people",
    victim: "spoke",
    from: "act",
    act: flush,
  },
  {
    name: "people-hub",
    says: "the list of people and mail for a new one; the hub dies",
    snapshot: "people",
    victim: "hub",
    from: "act",
    act: flush,
  },
  {
    name: "start-hub",
    says: "start of the hub, with mail waiting and a certificate to make",
    snapshot: "start",
    victim: "hub",
    from: "start",
    act: async () => undefined,
  },
  {
    name: "start-spoke",
    says: "start of the spoke, likewise",
    snapshot: "start",
    victim: "spoke",
    from: "start",
    act: async () => undefined,
  },
  {
    name: "flush-command",
    says: "`spoke flush` both ways while the spoke's daemon is down; the command dies",
    snapshot: "start",
    victim: "flush",
    from: "start",
    act: async () => undefined,
  },
];
