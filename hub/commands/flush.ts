import type { Command } from "commander";
import { flushOffice } from "#hub/control-handlers.js";
import type { OfficeFlush } from "#hub/link/office-flush.js";
import { EXIT, type ExitCode } from "#shared/cli/exit-codes.js";
import { endWith, Failure } from "#shared/cli/failure.js";
import { answer, dataFolder, describe, globals, type Io } from "#shared/cli/program.js";
import { formatSize } from "#shared/cli/units.js";
import { askOrDo } from "./with-node.ts";

type Result = OfficeFlush & { readonly left: { readonly messages: number; readonly bytes: number } };

export function register(parent: Command, io: Io): void {
  const command = parent
    .command("flush <office>")
    .description("push what waits for an office to it now, and fetch what it has for others")
    .option("--to <host:port>", "where the office answers, instead of the address in the directory")
    .option("--qmtp", "it is a stock qmail office: plain QMTP, nothing is fetched");
  describe(
    command,
    ["qrelay hub flush herat --to 192.0.2.7:6209", "qrelay hub flush mazar --to 192.0.2.9:209 --qmtp"],
    [
      [EXIT.unreachable, "the office does not answer"],
      [EXIT.tempFail, "something is left"],
    ],
  );
  command.action(async (office: string, options: { to?: string; qmtp?: boolean }) => {
    const g = globals(command);
    const dir = dataFolder(io, g, "hub");
    const to = addressOf(options);
    const request = { command: "flush", args: { office, ...(to === undefined ? {} : { to }) } };
    const result = await askOrDo<Result>(dir, request, (node) =>
      flushOffice(node, office, to, new AbortController().signal),
    );
    answer(io, g, sentence(office, result), result);
    endWith(exitOf(result));
  });
}

function addressOf({ to, qmtp }: { to?: string; qmtp?: boolean }): string | undefined {
  if (to === undefined) return undefined;
  const url = `${qmtp === true ? "qmtp" : "tls"}://${to.replace(/^(tls|qmtp):\/\//, "")}`;
  if (!URL.canParse(url)) throw new Failure(EXIT.usage, `Cannot call "${to}": give HOST:PORT, such as 192.0.2.7:6209`);
  return url;
}

function sentence(office: string, { ended, reason, sent, received, left, failed }: Result): string {
  const lines = [
    `${office}: sent ${sent.messages} messages (${formatSize(sent.bytes)}), received ${received.messages}; ${left.messages} left. ${ended}${reason === undefined ? "" : `: ${reason}`}`,
    ...failed.map((one) => `  refused: ${one.recipient}: ${one.reason}`),
  ];
  return `${lines.join("\n")}\n`;
}

function exitOf({ ended, left }: Result): ExitCode {
  if (ended === "unreachable") return EXIT.unreachable;
  return ended === "drained" && left.messages === 0 ? EXIT.done : EXIT.tempFail;
}
