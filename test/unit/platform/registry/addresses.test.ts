import { describe, expect, it } from '@jest/globals';
import { isReservedAddress, lookupPublicAddress } from '../../../../platform/registry/addresses.ts';

describe('isReservedAddress', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.169.254',
    '168.63.129.16',
    '100.100.100.200',
    '0.0.0.0',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    'fd00:ec2::254',
    'fe80::1',
    'not an address',
  ])('holds for %s', (address) => {
    expect(isReservedAddress(address)).toBe(true);
  });

  it.each(['8.8.8.8', '20.60.1.2', '172.32.0.1', '2603:1030::1', '::ffff:8.8.8.8'])(
    'does not hold for %s',
    (address) => {
      expect(isReservedAddress(address)).toBe(false);
    },
  );
});

describe('lookupPublicAddress', () => {
  it('refuses a name that leads to loopback', async () => {
    const error = await new Promise<Error | null>((resolve) => {
      lookupPublicAddress('localhost', {}, (failure) => {
        resolve(failure);
      });
    });
    expect(error).toMatchObject({ code: 'ADDRESS_REFUSED' });
  });
});
