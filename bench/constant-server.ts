/** The reference of the warm-admission row: a process that reads each review and answers the same constant one, over the same TLS. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

const [cert, key] = process.argv.slice(2, 4).map((file) => readFileSync(file));
const body =
  '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"0","allowed":true}}';
const server = createServer({ cert, key, keepAliveTimeout: 120_000 }, (request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
});
