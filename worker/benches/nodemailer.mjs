// Sends COUNT letters of the size of ours through nodemailer's pool, over TLS and with a password when the server's certificate
// is given: node nodemailer.mjs PORT COUNT [PEM]
import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";

const [port, count] = process.argv.slice(2, 4).map(Number);
const pem = process.argv[4];
const safe = pem
  ? { host: "localhost", secure: true, tls: { ca: readFileSync(pem) }, auth: { user: "relance", pass: "secret" } }
  : { host: "127.0.0.1", secure: false, ignoreTLS: true };
const line = "Votre projet est toujours sur notre liste d’attente : dites-nous où vous en êtes.\n";
for (const maxConnections of [1, 4, 8]) {
  const transport = nodemailer.createTransport({
    ...safe, port, pool: true, maxConnections, maxMessages: Infinity,
  });
  const began = process.hrtime.bigint();
  const sends = [];
  for (let n = 0; n < count; n += 1) {
    sends.push(transport.sendMail({
      from: "Place <bonjour@place.example>", to: `c${n}@clients.example`, subject: "Votre projet est-il d’actualité ?",
      text: line.repeat(12), html: `<p>${line.repeat(24)}</p>`,
    }));
  }
  await Promise.all(sends);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  transport.close();
  const rate = Math.round(count / seconds);
  console.log(`  ${`${maxConnections} connection(s)`.padEnd(42)} ${String(rate).padStart(9)}/s`);
}
