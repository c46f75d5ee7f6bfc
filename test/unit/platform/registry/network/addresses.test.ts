import { describe, expect, it } from '@jest/globals';
import {
  isRefused,
  isReservedAddress,
} from '../../../../../platform/registry/network/addresses.ts';
import {
  AddressRefused,
  createLookup,
  resolveWithin,
} from '../../../../../platform/registry/network/lookup.ts';

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

describe('a metadata or link-local address', () => {
  it.each([
    '169.254.169.254',
    '169.254.0.1',
    '169.254.255.255',
    '168.63.129.16',
    '100.100.100.200',
    '192.0.0.192',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    'fd20:ce::254',
    // The same in the clothes of IPv6: mapped, compatible, translated, NAT64 of both kinds, 6to4.
    '::ffff:169.254.169.254',
    '::ffff:a83f:8110',
    '::169.254.169.254',
    '::ffff:0:169.254.169.254',
    '64:ff9b::169.254.169.254',
    '64:ff9b:1::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    'no address',
  ])('is refused whoever names it, the operator included: %s (B-74)', (address) => {
    for (const reach of ['public', 'private', 'any'] as const)
      expect(isRefused(address, reach)).toBe(true);
  });
});

describe('where a host may be', () => {
  it.each<[string, boolean, boolean, boolean]>([
    ['8.8.8.8', false, false, false],
    ['2603:1030::1', false, false, false],
    ['10.0.0.5', true, false, false],
    ['192.168.1.1', true, false, false],
    ['100.64.0.1', true, false, false],
    ['fd00::5', true, false, false],
    ['64:ff9b::8.8.8.8', true, false, false],
    ['127.0.0.1', true, true, false],
    ['127.255.255.254', true, true, false],
    ['::1', true, true, false],
    ['::ffff:127.0.0.1', true, true, false],
    ['64:ff9b::127.0.0.1', true, true, false],
    ['2002:7f00:1::', true, true, false],
  ])(
    'depends on who named it: %s (refused as public %s, private %s, any %s)',
    (address, asPublic, asPrivate, asAny) => {
      expect(isRefused(address, 'public')).toBe(asPublic);
      expect(isRefused(address, 'private')).toBe(asPrivate);
      expect(isRefused(address, 'any')).toBe(asAny);
    },
  );
});

describe('the resolver of a connection', () => {
  const resolve = (reach: 'public' | 'private' | 'any') =>
    new Promise<unknown>((settle) => {
      createLookup(reach)('localhost', {}, (error, address) => {
        settle(error ?? address);
      });
    });

  it.each(['public', 'private'] as const)(
    'refuses a name that leads out of reach: loopback, %s',
    async (reach) => {
      expect(await resolve(reach)).toBeInstanceOf(AddressRefused);
      await expect(resolveWithin('localhost', reach)).rejects.toMatchObject({ reach });
    },
  );

  it('gives the address of any other', async () => {
    expect(await resolve('any')).toMatch(/^(?:127\.0\.0\.1|::1)$/u);
    await expect(resolveWithin('localhost', 'any')).resolves.toBeUndefined();
  });

  it('passes on that a name does not exist', async () => {
    await expect(resolveWithin('does-not-exist.invalid', 'any')).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:ENOTFOUND|EAI_AGAIN)$/u) as unknown,
    });
  });
});
