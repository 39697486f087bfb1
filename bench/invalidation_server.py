"""Answers every request as CloudFront answers CreateInvalidation, over plain HTTP and over TLS 1.3.

Both sides of script/bench call it. It judges nothing and keeps nothing, so that its own time is
short. Prints one line of JSON when ready (plain, tls, the file of its certificate).
"""

import argparse
import asyncio
import datetime
import ipaddress
import pathlib
import ssl
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests"))

from world.lifetime import announce, until_told_to_end

REPLY_BODY = (
    b'<?xml version="1.0"?>\n'
    b'<Invalidation xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Id>I2EXAMPLE</Id>'
    b"<Status>InProgress</Status><CreateTime>2026-11-24T00:00:00.000Z</CreateTime>"
    b"<InvalidationBatch><Paths><Quantity>1</Quantity><Items><Path>/a</Path></Items></Paths>"
    b"<CallerReference>exarch-1</CallerReference></InvalidationBatch></Invalidation>")
REPLY = (
    b"HTTP/1.1 201 Created\r\nContent-Type: text/xml\r\nx-amzn-RequestId: "
    b"5b0a7a5e-0000-4000-8000-000000000000\r\nDate: %s\r\n"
    b"Location: https://cloudfront.amazonaws.com/2020-05-31/distribution/E2EXAMPLE1/invalidation/"
    b"I2EXAMPLE\r\nContent-Length: %d\r\n\r\n%s")


class Connection(asyncio.Protocol):
    def __init__(self):
        self.buffer = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            at = head.find(b"\r\ncontent-length:")
            length = int(head[at + 17:].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                if b"\r\nexpect: 100-continue" in head and len(self.buffer) == end + 4:
                    self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                return
            self.buffer = self.buffer[end + 4 + length:]
            date = datetime.datetime.now(datetime.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
            self.transport.write(REPLY % (date.encode(), len(REPLY_BODY), REPLY_BODY))


def make_certificate(path):
    """A certificate for 127.0.0.1 that is its own authority, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "exarch bench")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256()))
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                            serialization.NoEncryption()))


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--certificate", type=pathlib.Path, required=True, help="written anew")
    options = parser.parse_args()
    make_certificate(options.certificate)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    tls.load_cert_chain(options.certificate)
    loop = asyncio.get_running_loop()
    plain = await loop.create_server(Connection, "127.0.0.1", 0)
    secure = await loop.create_server(Connection, "127.0.0.1", 0, ssl=tls)
    announce({
        "plain": "http://127.0.0.1:%d" % plain.sockets[0].getsockname()[1],
        "tls": "https://127.0.0.1:%d" % secure.sockets[0].getsockname()[1],
        "certificate": str(options.certificate.resolve()),
    })
    await until_told_to_end()


if __name__ == "__main__":
    asyncio.run(main())
