// The load generator, a process of its own so that its work is not counted as the server's: one JSON argument, a
// LoadOrder; one JSON line on stdout, the LoadResult.
import { type LoadOrder, Tally } from "./order.ts";
import { qmtpConnection } from "./qmtp.ts";
import { smtpConnection } from "./smtp.ts";

const order = JSON.parse(process.argv[2] ?? "{}") as LoadOrder;
const connection = order.protocol === "smtp" ? smtpConnection : qmtpConnection;
const tally = new Tally(order.seconds);
await Promise.all(Array.from({ length: order.connections }, () => connection(order, tally)));
process.stdout.write(`${JSON.stringify(tally.result())}\n`);
