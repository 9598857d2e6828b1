/**
 * The articles' star as its administrators left it: example.org with headquarters in Geneve and offices in Ankara and
 * Herat, each a machine with qmail, fastforward and serialmail. Folders as /var/qmail, with /etc/aliases as `aliases`.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export type TreeFiles = Readonly<Record<string, string | Uint8Array>>;

/** A letter as qmail-local writes it into a Maildir. */
export function qmailLetter(recipient: string, subject = "hello", sender = "friend@far.example"): string {
  return [
    `Return-Path: <${sender}>`,
    `Delivered-To: ${recipient}`,
    "Received: (qmail 4711 invoked from network); 21 Nov 2026 05:56:12 -0000",
    "Received: from unknown (HELO far.example) (192.0.2.77)",
    "  by 0 with SMTP; 21 Nov 2026 05:56:12 -0000",
    `From: ${sender}`,
    `Subject: ${subject}`,
    "",
    "hello",
    "",
  ].join("\n");
}

/** Headquarters: everybody's alias says where somebody is; mail for an office waits in a Maildir of its own. */
export const GENEVE: TreeFiles = {
  "control/me": "geneve.example.org\n",
  "control/defaultdomain": "example.org\n",
  "control/defaulthost": "example.org\n",
  "control/plusdomain": "org\n",
  "control/locals": "localhost\nexample.org\nmailhub.example.org\ngeneve.example.org\n",
  "control/rcpthosts": "localhost\nexample.org\n.example.org\npartner.example\n",
  "control/virtualdomains": "ankara.example.org:qrelay-ankara\nherat.example.org:qrelay-herat\n",
  "control/smtproutes": "partner.example:mail.partner.example\n",
  "control/databytes": "5000000\n",
  "control/concurrencyremote": "20\n",
  "control/badmailfrom": "spam@bulk.example\n@bulk.example\n",
  "users/assign":
    "=claire:claire:501:100:/home/claire:::\n+claire-:claire:501:100:/home/claire:-::\n+:alias:64010:65534:/var/qmail/alias:-::\n.\n",
  "home/claire/.qmail": "./Maildir/\n",
  "home/claire/.qmail-lists": "# what newsletters send\n./Maildir/\n",
  "alias/.qmail-postmaster": "&claire\n",
  "alias/.qmail-mailer-daemon": "&claire\n",
  "alias/.qmail-root": "&claire\n",
  "alias/.qmail-default": "| fastforward -d /etc/aliases.cdb\n",
  "qrelay/.qmail-ankara-default": "./ankara/\n",
  "qrelay/.qmail-herat-default": "./herat/\n",
  "qrelay/ankara/cur/1796000000.301.geneve": qmailLetter("qrelay-ankara-alexy@ankara.example.org", "for alexy"),
  "qrelay/herat/new/1796000001.302.geneve": qmailLetter("qrelay-herat-holly@herat.example.org", "for holly"),
  "qrelay/herat/new/1796000002.303.geneve": qmailLetter("qrelay-herat-omar@herat.example.org", "for omar"),
  aliases: [
    "# where everybody is",
    "alexy: alexy@ankara.example.org",
    "holly: holly@herat.example.org",
    "omar:  omar@herat.example.org",
    "# nobody reads this: (and what follows belongs to the comment)",
    "   ghost: ghost@ankara.example.org",
    "staff: alexy, holly,",
    "  omar, claire",
    "owner-staff: claire",
    "press: Claire Martin <claire@example.org>, journal@far.example",
    "abuse: claire",
    "",
  ].join("\n"),
  "etc/smtp.rules": '127.:allow,RELAYCLIENT=""\n198.51.100.10:allow,RELAYCLIENT=""\n:allow\n',
  "etc/qmtp.rules": '198.51.100.10-11:allow,RELAYCLIENT=""\n:deny\n',
};

/** Herat: its people have accounts, its aliases send everybody else to headquarters, one Maildir waits for the line. */
export const HERAT: TreeFiles = {
  "control/me": "herat.example.org\n",
  "control/defaultdomain": "example.org\n",
  "control/locals": "localhost\nherat.example.org\n",
  "control/rcpthosts": "localhost\nherat.example.org\n",
  "control/virtualdomains": ":qrelay\n",
  "control/smtproutes": ":mailhub.example.org\n",
  "control/queuelifetime": "1209600\n",
  "qrelay/.qmail-default": "./Maildir/\n",
  "qrelay/Maildir/new/1796000010.401.herat": qmailLetter(
    "qrelay-alexy@example.org",
    "to a colleague",
    "holly@example.org",
  ),
  "qrelay/Maildir/new/1796000011.402.herat": qmailLetter(
    "qrelay-friend@far.example",
    "to a friend",
    "holly@example.org",
  ),
  "alias/.qmail-default": "| fastforward -p -d /etc/aliases.cdb\n| forward $" + "{LOCAL}@mailhub.example.org\n",
  "alias/.qmail-root": "&holly\n",
  "home/holly/Maildir/new/1796000020.501.herat": qmailLetter("holly@herat.example.org", "unread"),
  "home/holly/Maildir/cur/1796000021.502.herat:2,S": qmailLetter("holly@herat.example.org", "read"),
  "home/omar/Maildir/new/1796000022.503.herat": qmailLetter("omar@herat.example.org", "for omar"),
  "home/omar/.qmail": "./Maildir/\n&omar@far.example\n",
  passwd: [
    "root:x:0:0:root:/root:/bin/sh",
    "daemon:x:1:1::/usr/sbin:/bin/false",
    "alias:x:64010:65534::/var/qmail/alias:/bin/sh",
    "qrelay:x:64020:65534::/var/qmail/qrelay:/bin/sh",
    "holly:x:501:100:Holly O'Hara,,,:/home/holly:/bin/sh",
    "omar:x:502:100::/home/omar:/bin/sh",
    "",
  ].join("\n"),
  aliases: [
    "alexy: alexy@mailhub.example.org",
    "claire: claire@example.org",
    "holly: holly@herat.example.org",
    "drivers: omar@herat.example.org, depot@far.example",
    'door: "|/usr/local/bin/open-door"',
    "",
  ].join("\n"),
  "etc/smtp.rules": '127.:allow,RELAYCLIENT=""\n192.168.1.:allow,RELAYCLIENT=""\n:deny\n',
};

/** Writes a tree; every Maildir in it gets its three folders. */
export async function plantTree(dir: string, files: TreeFiles): Promise<void> {
  const maildirs = new Set<string>();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(dir, dirname(name)), { recursive: true });
    await writeFile(join(dir, name), content);
    if (/\/(new|cur)$/.test(dirname(name))) maildirs.add(join(dir, dirname(dirname(name))));
  }
  for (const maildir of maildirs)
    for (const box of ["tmp", "new", "cur"]) await mkdir(join(maildir, box), { recursive: true });
}
