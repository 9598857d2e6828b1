import type { Command } from "commander";
import { EXIT } from "#shared/cli/exit-codes.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { queueRow } from "#shared/cli/show-queue.js";
import { windowState } from "#shared/link/windows.js";
import type { Link } from "#spoke/config.js";
import { secondsOnLine } from "#spoke/estimate.js";
import { allowedNow, monthUse, spentInWords } from "#spoke/link-use.js";
import { estimateWaiting } from "#spoke/look-ahead.js";
import { heldNames, OUTBOUND, spokeStore } from "#spoke/node.js";
import { type LinkStatus, type Status, statusText } from "#spoke/status-view.js";
import { type Office, withOffice } from "./open-office.ts";

export function register(parent: Command, io: Io): void {
  const command = parent
    .command("status")
    .description(
      "what waits and when it will have gone, the last windows, the next one of each link, what this month used",
    );
  describe(command, ["qrelay spoke status"], [[EXIT.config, "spoke.toml cannot be used"]]);
  command.action(async () => {
    await withOffice(io, command, async (office) => {
      const now = new Date();
      const status = await statusOf(office, now);
      answer(io, office.globals, statusText(status, now.getTime()), status);
    });
  });
}

const WINDOWS_SHOWN = 3;
/** Enough windows that one bad evening does not decide. */
const WINDOWS_FOR_RATE = 10;

async function statusOf(office: Office, now: Date): Promise<Status> {
  const { config, directory } = office;
  const { messages, bytes, oldest } = await queueRow(OUTBOUND, spokeStore(config).queue(OUTBOUND));
  const lastWindows = directory.journal.latest(WINDOWS_SHOWN);
  const [last] = lastWindows;
  const contact = directory.settings.get("lastContactAt");
  const seconds = secondsOnLine(bytes, directory.journal.latest(WINDOWS_FOR_RATE));
  const { gone, stuck } = await estimateWaiting(office, now);
  return {
    office: config.office,
    waiting: { messages, bytes, ...(oldest === undefined ? {} : { oldest }) },
    ...(contact === undefined ? {} : { lastContact: new Date(contact).toISOString() }),
    ...(last === undefined ? {} : { lastWindow: last }),
    lastWindows,
    links: config.links.map((link) => linkStatus(office, link, now)),
    ...(seconds === undefined ? {} : { estimateSeconds: seconds }),
    ...(gone === undefined ? {} : { estimate: { at: gone.at.toISOString(), windows: gone.windows } }),
    stuck,
    ...namesOf(office, now),
  };
}

function namesOf({ directory }: Office, now: Date): Pick<Status, "names"> {
  const held = heldNames(directory, now.getTime());
  if (held === undefined) return {};
  const made = new Date(held.at).toISOString();
  return { names: { count: directory.names.count(), version: held.version, made } };
}

function linkStatus(office: Office, link: Link, now: Date): LinkStatus {
  const { open, until, next } = windowState(link.windows, now);
  return {
    name: link.name,
    open,
    ...(until === undefined ? {} : { until: until.toISOString() }),
    ...(next === undefined ? {} : { next: next.toISOString() }),
    ...(link.budget === undefined ? {} : { month: monthOf(office, link, now) }),
  };
}

function monthOf({ directory }: Office, link: Link, now: Date): LinkStatus["month"] & {} {
  const { windows, bytes, ms, money } = monthUse(link, directory.journal, now);
  const allowed = allowedNow(link, directory.journal, now);
  const currency = link.price?.currency;
  return {
    windows,
    bytes,
    minutes: ms / 60_000,
    ...(money === undefined ? {} : { cost: money }),
    ...(currency === undefined ? {} : { currency }),
    ...("spent" in allowed ? { spent: spentInWords(allowed, now) } : {}),
  };
}
