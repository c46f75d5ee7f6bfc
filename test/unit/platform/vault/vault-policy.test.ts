import { describe, expect, it } from '@jest/globals';
import { createVaultPolicy } from '../../../../platform/vault/vault-policy.ts';

const HOST = 'contoso.vault.azure.net';
const { policy } = createVaultPolicy(HOST, 1234);
type Send = typeof policy.sendRequest;

/** What the policy makes of a request, as far as it looks at one: its address, its time and the answer's status. */
async function send(url: string, status = 200) {
  const request = { url, timeout: 0 } as unknown as Parameters<Send>[0];
  const sent: string[] = [];
  const headers = { get: () => '4' };
  const outcome: unknown = await policy
    .sendRequest(request, (passed) => {
      sent.push(passed.url);
      const answer = { request: passed, status, headers, bodyAsText: '{}' };
      return Promise.resolve(answer as unknown as Awaited<ReturnType<Send>>);
    })
    .catch((error: unknown) => error);
  return { outcome, sent, timeout: request.timeout };
}

describe("each request of a vault's client", () => {
  it('goes to that vault, within its time', async () => {
    const { outcome, sent, timeout } = await send(`https://${HOST}/keys/k/versions`);
    expect(sent).toHaveLength(1);
    expect(outcome).toMatchObject({ status: 200 });
    expect(timeout).toBe(1234);
  });

  it.each([
    `http://${HOST}/keys/k`,
    `https://${HOST}:8443/keys/k`,
    `https://${HOST}.attacker.example/keys/k`,
    'https://attacker.example/keys/k',
    `https://attacker.example/@${HOST}`,
    `https://${HOST}@attacker.example/`,
    `https://fabrikam.vault.azure.net/keys/k`,
  ])('is not sent to %s', async (url) => {
    const { outcome, sent } = await send(url);
    expect(sent).toEqual([]);
    expect(outcome).toMatchObject({ code: 'VAULT_BAD_RESPONSE', retryable: false });
  });

  it.each([201, 204, 302, 401, 404, 429, 500])('answered with %d is a refusal', async (status) => {
    const { outcome } = await send(`https://${HOST}/keys/k`, status);
    expect(outcome).toMatchObject({ name: 'VaultRefusal', status, retryAfterSeconds: 4 });
  });
});
