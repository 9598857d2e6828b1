import type { Command } from "commander";
import { EXIT } from "#shared/cli/exit-codes.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { queueRow } from "#shared/cli/show-queue.js";
import { formatDuration, formatSize } from "#shared/cli/units.js";
import { windowState } from "#shared/link/windows.js";
import type { WindowRecord } from "#spoke/directory/journal.js";
import { OUTBOUND, spokeStore } from "#spoke/node.js";
import { type Office, withOffice } from "./open-office.ts";

export function register(parent: Command, io: Io): void {
  const command = parent
    .command("status")
    .description("what waits, the last and the next window, how long it will take");
  describe(command, ["qrelay spoke status"], [[EXIT.config, "spoke.toml cannot be used"]]);
  command.action(async () => {
    await withOffice(io, command, async (office) => {
      const status = await statusOf(office, new Date());
      answer(io, office.globals, textOf(status, Date.now()), status);
    });
  });
}

interface Status {
  readonly office: string;
  readonly waiting: { readonly messages: number; readonly bytes: number; readonly oldest?: string };
  readonly lastContact?: string;
  readonly lastWindow?: WindowRecord;
  readonly links: readonly {
    readonly name: string;
    readonly open: boolean;
    readonly until?: string;
    readonly next?: string;
  }[];
  /** Seconds on the line that what waits will take, by the windows so far; absent before the first. */
  readonly estimateSeconds?: number;
}

async function statusOf({ config, directory }: Office, now: Date): Promise<Status> {
  const store = spokeStore(config);
  const { messages, bytes, oldest } = await queueRow(OUTBOUND, store.queue(OUTBOUND));
  const [last] = directory.journal.latest(1);
  const contact = directory.settings.get("lastContactAt");
  const estimate = secondsFor(bytes, directory.journal.latest(WINDOWS_FOR_RATE));
  return {
    office: config.office,
    waiting: { messages, bytes, ...(oldest === undefined ? {} : { oldest }) },
    ...(contact === undefined ? {} : { lastContact: new Date(contact).toISOString() }),
    ...(last === undefined ? {} : { lastWindow: last }),
    links: config.links.map(({ name, windows }) => {
      const { open, until, next } = windowState(windows, now);
      return {
        name,
        open,
        ...(until === undefined ? {} : { until: until.toISOString() }),
        ...(next === undefined ? {} : { next: next.toISOString() }),
      };
    }),
    ...(estimate === undefined ? {} : { estimateSeconds: estimate }),
  };
}

/** Enough windows that one bad evening does not decide. */
const WINDOWS_FOR_RATE = 10;

/** By the bytes that went up per second in recent windows that sent something. */
function secondsFor(bytes: number, windows: readonly WindowRecord[]): number | undefined {
  const sending = windows.filter(({ sent, closedAt, openedAt }) => sent.bytes > 0 && closedAt > openedAt);
  const sentBytes = sending.reduce((sum, { sent }) => sum + sent.bytes, 0);
  const seconds = sending.reduce((sum, { closedAt, openedAt }) => sum + (closedAt - openedAt) / 1000, 0);
  return sentBytes === 0 ? undefined : Math.ceil((bytes * seconds) / sentBytes);
}

function textOf(status: Status, now: number): string {
  const { waiting, lastContact, lastWindow, links, estimateSeconds } = status;
  const age =
    waiting.oldest === undefined ? "" : `, the oldest for ${formatDuration(now - Date.parse(waiting.oldest))}`;
  const lines = [
    `${status.office}: ${waiting.messages} messages wait (${formatSize(waiting.bytes)}${age})`,
    `last contact: ${lastContact === undefined ? "never" : `${formatDuration(now - Date.parse(lastContact))} ago`}`,
    ...(lastWindow === undefined
      ? []
      : [
          `last window: ${lastWindow.link}, ${lastWindow.ended}, ${lastWindow.sent.messages} sent, ${lastWindow.received.messages} received`,
        ]),
    ...links.map(
      ({ name, open, until, next }) =>
        `link ${name}: ${open ? (until === undefined ? "always open" : `open until ${until}`) : next === undefined ? "opens when asked (qrelay spoke flush)" : `opens ${next}`}`,
    ),
    ...(estimateSeconds === undefined || waiting.messages === 0
      ? []
      : [`what waits will take about ${formatDuration(estimateSeconds * 1000)}`]),
  ];
  return `${lines.join("\n")}\n`;
}
