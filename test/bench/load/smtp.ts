import { connect } from "node:net";
import { makeMessage, onSmtpWire } from "./message.ts";
import type { LoadOrder, Tally } from "./order.ts";

/**
 * One SMTP connection as smtp-source keeps it: EHLO once, then MAIL, RCPT, DATA and the text, each after the answer to
 * the one before, one message after another. Resolves when the server has closed; rejects when it hangs up too early.
 */
export function smtpConnection(order: LoadOrder, tally: Tally): Promise<void> {
  const text = onSmtpWire(makeMessage(order.bytes));
  const socket = connect({ port: order.port, host: "127.0.0.1", noDelay: true });
  let waitingFor: "greeting" | "ehlo" | "mail" | "rcpt" | "data" | "text" | "quit" = "greeting";
  let begun = 0;
  const say = (next: typeof waitingFor, words: string | Buffer): void => {
    waitingFor = next;
    socket.write(words);
  };
  const nextMessage = (): void => {
    if (tally.over || begun === order.messages) {
      say("quit", "QUIT\r\n");
      return;
    }
    begun += 1;
    say("mail", `MAIL FROM:<${order.sender}>\r\n`);
  };
  const answered = (reply: string): void => {
    const ok = reply[0] === "2" || reply[0] === "3";
    if (waitingFor === "quit") {
      socket.end();
      return;
    }
    if (waitingFor === "text" || !ok) tally.count(ok, reply);
    // A refused command would be refused again, as fast as the socket carries it.
    if (!ok) say("quit", "QUIT\r\n");
    else if (waitingFor === "greeting") say("ehlo", "EHLO bench.example\r\n");
    else if (waitingFor === "mail") say("rcpt", `RCPT TO:<${order.recipient}>\r\n`);
    else if (waitingFor === "rcpt") say("data", "DATA\r\n");
    else if (waitingFor === "data") say("text", text);
    else nextMessage();
  };
  let held = "";
  socket.setEncoding("latin1").on("data", (piece: string) => {
    held += piece;
    const lines = held.split("\r\n");
    held = lines.pop() ?? "";
    for (const line of lines) if (line[3] !== "-") answered(line);
  });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("close", () =>
      waitingFor === "quit" ? resolve() : reject(new Error(`The server closed while ${waitingFor} was to be answered`)),
    );
  });
}
