#!/usr/bin/env python3
"""A mail program in the manner of Thunderbird, with Python's smtplib and poplib: nothing is set but names and ports.

usage: mail-client.py SUBMISSION-PORT POP3-PORT LOGIN PASSWORD TO COPY-TO

Sends with AUTH PLAIN and with AUTH LOGIN after STARTTLS, then reads LOGIN's mailbox after STLS and compares what it
finds there with what it sent. Prints one line for each thing that went well; anything else is an exception.
"""

import email
import email.policy
import poplib
import smtplib
import ssl
import sys
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

HOST = "127.0.0.1"
PICTURE = bytes(range(256)) * 300
TEXT = "سلام\n\nGrüße aus Kabul — 😀\n.\n..dots\nFrom here on\n" + "long " * 400 + "\n"


def untrusting():
    """The certificate is the node's own: the person clicks it away once."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def letter(sender, to, copy, subject):
    message = EmailMessage(policy=email.policy.SMTP.clone(cte_type="8bit"))
    message["Message-ID"] = make_msgid(domain=sender.split("@")[1])
    message["Date"] = formatdate(localtime=True)
    message["User-Agent"] = "Mozilla Thunderbird"
    message["From"] = "Hans Müller <%s>" % sender
    message["To"] = to
    message["Cc"] = copy
    message["Subject"] = subject
    message.set_content(TEXT, cte="8bit")
    message.add_alternative("<p>%s</p>" % TEXT, subtype="html")
    message.add_attachment(PICTURE, maintype="image", subtype="png", filename="Büro.png")
    return message


def send(port, login, password, mechanism, message):
    smtp = smtplib.SMTP(HOST, port, local_hostname="[192.0.2.7]", timeout=30)
    smtp.ehlo()
    assert smtp.has_extn("starttls") and smtp.has_extn("8bitmime") and smtp.has_extn("size"), smtp.esmtp_features
    smtp.starttls(context=untrusting())
    smtp.ehlo()
    assert not smtp.has_extn("starttls")
    assert mechanism in smtp.esmtp_features["auth"].split(), smtp.esmtp_features
    smtp.user, smtp.password = login, password
    smtp.auth(mechanism, {"PLAIN": smtp.auth_plain, "LOGIN": smtp.auth_login}[mechanism])
    # Not send_message: it writes ">From " where a line begins with "From ".
    everybody = [message["To"], message["Cc"]]
    refused = smtp.sendmail(login, everybody, message.as_bytes(), mail_options=["BODY=8BITMIME"])
    assert refused == {}, refused
    smtp.quit()
    print("sent with", mechanism)


def refuse(port, login, mechanism):
    with smtplib.SMTP(HOST, port, timeout=30) as smtp:
        smtp.starttls(context=untrusting())
        smtp.user, smtp.password = login, "not the password"
        smtp.ehlo()
        try:
            smtp.auth(mechanism, {"PLAIN": smtp.auth_plain, "LOGIN": smtp.auth_login}[mechanism])
        except smtplib.SMTPAuthenticationError as error:
            print("refused with", error.smtp_code)


def unauthenticated(port, login):
    with smtplib.SMTP(HOST, port, timeout=30) as smtp:
        smtp.starttls(context=untrusting())
        smtp.ehlo()
        code, _ = smtp.mail(login)
        print("without login", code if code >= 400 else smtp.rcpt("someone@elsewhere.example")[0])


def read(port, login, password, sent):
    pop = poplib.POP3(HOST, port, timeout=30)
    assert "STLS" in pop.capa() and "UIDL" in pop.capa()
    pop.stls(context=untrusting())
    pop.user(login)
    pop.pass_(password)
    count, _ = pop.stat()
    found = {}
    ids = [line.split()[1] for line in pop.uidl()[1]]
    assert len(set(ids)) == count
    for number in range(1, count + 1):
        raw = b"\r\n".join(pop.retr(number)[1]) + b"\r\n"
        message = email.message_from_bytes(raw, policy=email.policy.SMTP)
        found[message["Message-ID"]] = (number, raw, message)
    for one in sent:
        number, raw, message = found[one["Message-ID"]]
        assert raw.endswith(one.as_bytes()), "the bytes have changed"
        assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == TEXT
        attachment = next(message.iter_attachments())
        assert attachment.get_content() == PICTURE and attachment.get_filename() == "Büro.png"
        assert message["Subject"] == one["Subject"]
        print("read", message["Subject"].encode("ascii", "replace").decode())
        pop.dele(number)
    pop.quit()
    pop = poplib.POP3(HOST, port, timeout=30)
    pop.stls(context=untrusting())
    pop.user(login)
    pop.pass_(password)
    print("left", pop.stat()[0])
    pop.quit()


def main(submission, pop3, login, password, to, copy):
    submission, pop3 = int(submission), int(pop3)
    sent = []
    for mechanism in ("PLAIN", "LOGIN"):
        message = letter(login, to, copy, "Übergabe %s" % mechanism)
        send(submission, login, password, mechanism, message)
        sent.append(message)
        refuse(submission, login, mechanism)
    unauthenticated(submission, login)
    read(pop3, login, password, sent)


if __name__ == "__main__":
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    main(*sys.argv[1:])
