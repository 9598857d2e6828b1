/** For tests: a qmail tree as the articles describe it. */

/** The articles' star: two offices, one of them with mail that waits, people, a list, a smart host. */
export const STAR: Record<string, string> = {
  "control/me": "kabul.example.org\n",
  "control/defaultdomain": "example.org\n",
  "control/locals": "localhost\nexample.org\nmailhub.example.org\nexample.net\n",
  "control/rcpthosts": "example.org\n.example.org\n",
  "control/virtualdomains": "herat.example.org:qrelay-herat\nmazar.example.org:qrelay-mazar\nold.example:\n",
  "control/smtproutes": ":smart.example.net:587\n",
  "control/queuelifetime": "604800\n",
  "users/assign": "=joe:joe:503:78:/home/joe:::\n+:alias:1:2:/var/qmail/alias:-::\n.\n",
  "qrelay/.qmail-herat-default": "./herat/\n",
  "qrelay/.qmail-mazar-default": "./mazar/\n",
  "qrelay/herat/new/1900000000.1.kabul": letter("qrelay-herat-alexy@herat.example.org"),
  "qrelay/herat/cur/1900000001.2.kabul:2,S": letter("qrelay-herat-nobody@herat.example.org"),
  "alias/.qmail-default": "| fastforward -d /etc/aliases.cdb\n",
  "alias/.qmail-root": "&joe\n",
  "alias/.qmail-staff": "# all\n&alexy\nholly\n",
  "alias/.qmail-staff-owner": "&joe\n",
  aliases: [
    "# people",
    "alexy: alexy@herat",
    "holly: holly@mazar.example.org",
    "sales: alexy, Holly (on leave) <holly@example.org>,",
    "  customer@far.example",
    "owner-sales: joe",
    'log: "|/usr/bin/logger"',
    'lost: |"/usr/bin/vacation holly"',
    "both: holly, /var/mail/both",
    "boss@example.net: joe",
    "@example.net: joe",
    "abuse: joe",
  ].join("\n"),
  "etc/smtp.rules": '127.:allow,RELAYCLIENT=""\n10.1.:allow,RELAYCLIENT=""\n:allow\n',
};

/** As qmail-local writes one into a Maildir. */
export function letter(recipient: string): string {
  return `Return-Path: <x@far.example>\nDelivered-To: ${recipient}\nSubject: hello\n\nhello\n`;
}
