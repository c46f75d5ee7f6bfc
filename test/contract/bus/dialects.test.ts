import { describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { decodeMessage, encodeMessage } from '../../../sandbox/bus/amqp.ts';
import { judgeToken } from '../../../sandbox/bus/cbs.ts';

/** What only Microsoft's Python SDK says, without it: its own suite runs where it is installed. */
describe('the Service Bus stand-in', () => {
  const KEY = Buffer.alloc(32, 7).toString('base64');
  const faults = { cbsUnauthorized: false, cbsSilent: false };
  const sasToken = (key: string) => {
    const resource = encodeURIComponent('sb://127.0.0.1:1/events');
    const expiry = Math.floor(Date.now() / 1000) + 3600;
    const signature = createHmac('sha256', key).update(`${resource}\n${expiry}`).digest('base64');
    return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=n`;
  };
  const judge = (type: string, body: unknown) => {
    const properties = { operation: 'put-token', name: 'sb://127.0.0.1:1/events', type };
    return judgeToken({ application_properties: properties, body }, KEY, faults).status;
  };

  it.each(['servicebus.windows.net:sastoken', 'jwt'])(
    'checks the signature of a shared access token that is announced as %s',
    (type) => {
      expect(judge(type, sasToken(KEY))).toBe(202);
      expect(judge(type, sasToken(Buffer.alloc(32, 8).toString('base64')))).toBe(401);
      expect(judge(type, '')).toBe(401);
    },
  );

  it('takes a web token as it is, and only as one', () => {
    expect(judge('jwt', 'eyJhbGciOiJub25lIn0.e30.')).toBe(202);
    expect(judge('servicebus.windows.net:sastoken', 'eyJhbGciOiJub25lIn0.e30.')).toBe(401);
  });

  it.each([
    [true, 0x41, 1],
    [false, 0x42, 0],
  ])('reads a boolean in either of its encodings (%j)', (value, short, octet) => {
    const bytes = encodeMessage({ application_properties: { flag: value }, body: null });
    const at = bytes.lastIndexOf(short);
    // One octet more: the map says so of itself.
    const long = Buffer.concat([
      bytes.subarray(0, at),
      Buffer.of(0x56, octet),
      bytes.subarray(at + 1),
    ]);
    const map = long.indexOf(0xd1);
    long.writeUInt32BE(long.readUInt32BE(map + 1) + 1, map + 1);
    for (const encoded of [bytes, long])
      expect(decodeMessage(encoded).application_properties).toEqual({ flag: value });
  });
});
