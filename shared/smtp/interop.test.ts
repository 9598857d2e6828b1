import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { startTestServer } from "./test-support.ts";

const SCRIPT = `
import smtplib, sys
with smtplib.SMTP("127.0.0.1", int(sys.argv[1]), local_hostname="py.example") as smtp:
    smtp.login("user@example.org", "right")
    bad = smtp.sendmail("user@example.org", ["user1@example.org", "someone@elsewhere.example", "ghost@example.org"],
        b"Subject: x\\r\\n\\r\\n.dot\\nlast", rcpt_options=["NOTIFY=FAILURE"])
    print({name: reply[0] for name, reply in bad.items()})
`;

describe("startSmtpServer", () => {
  it("understands Python's smtplib", async () => {
    const server = await startTestServer({ kind: "submission" });
    try {
      const { stdout } = await promisify(execFile)("python3", ["-c", SCRIPT, String(server.port)]);
      expect(stdout.trim()).toBe("{'ghost@example.org': 550}");
      expect(server.kept[0]?.text.toString()).toBe("Subject: x\n\n.dot\nlast\n");
      expect(server.kept[0]?.envelope.recipients).toEqual([
        { address: "user1@example.org", notify: "FAILURE" },
        { address: "someone@elsewhere.example", notify: "FAILURE" },
      ]);
    } finally {
      await server.close(0);
    }
  });
});
