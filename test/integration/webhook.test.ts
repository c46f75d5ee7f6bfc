import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RESOURCES } from '../../platform/kube/resources.ts';
import type { Fault } from '../../sandbox/registry/registry.ts';
import { podOf, requestOf, reviewOf } from '../support/reviews.ts';
import { waitUntil } from '../support/wait-until.ts';
import { KEY, runProgram, startWorld, type World } from './webhook-setup.ts';

jest.setTimeout(120_000);

let world: World;
let good: string;
beforeAll(async () => {
  world = await startWorld();
  good = await world.push('good', 'bundle');
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});
// Whatever was thrown at it: it lives, and the next good input works.
afterEach(async () => {
  world.registry.faults.clear();
  world.api.faults.clear();
  const { allowed, text } = await world.ask([good]);
  if (allowed !== true || !isAlive(world.child.pid)) throw new Error(`it does not go on: ${text}`);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const VERDICTS = 'keyward_webhook_verdicts_total';

/** Asks, and says what was refused: the code in the answer, in the metric and in the log. */
async function refusedAs(images: readonly string[], code: string, timeout = '10s') {
  const before = await world.metric(VERDICTS, { code });
  const answer = await world.ask(images, { timeout });
  expect(answer).toMatchObject({ status: 200, allowed: false, code });
  expect(answer.message).toMatch(new RegExp(`\\b${code}: .+ To do: .+`, 'u'));
  expect(answer.message).not.toMatch(/undefined|\[object|\n\n/u);
  expect(await world.metric(VERDICTS, { code })).toBeGreaterThan(before);
  await world.untilLogged(`"code":"${code}"`);
  return answer;
}

describe('images', () => {
  it.each(['legacy', 'bundle'] as const)('signed as %s are allowed', async (format) => {
    const image = await world.push(`signed-${format}`, format);
    const before = await world.metric(VERDICTS, { code: 'ALLOW' });
    expect(await world.ask([image, good])).toMatchObject({ allowed: true, warnings: [] });
    expect(await world.metric(VERDICTS, { code: 'ALLOW' })).toBe(before + 2);
  });

  it('without a signature are denied, beside however many good ones', async () => {
    await refusedAs([good, await world.push('unsigned')], 'NO_SIGNATURE');
  });

  it('whose tag nobody pinned are denied', async () => {
    await refusedAs([`${world.registry.host}/good:v1`], 'TAG_NOT_PINNED');
  });

  it('that are none are denied in one line', async () => {
    const { message } = await refusedAs(['evil\nALLOWED: yes'], 'REF_INVALID');
    expect(message.split('\n')).toHaveLength(1);
  });
});

describe('an AdmissionReview that is not one', () => {
  it.each([
    ['text', 'hello'],
    ['cut off', reviewOf({ uid: 'u', ...requestOf() }).slice(0, 100)],
    ['of another kind', JSON.stringify({ apiVersion: 'v1', kind: 'Pod' })],
    ['without a UID', reviewOf(requestOf())],
    ['nested without end', '['.repeat(1_000_000)],
  ])('is answered 400, counted and logged: %s', async (_, body) => {
    const name = 'keyward_webhook_reviews_total';
    const labels = { endpoint: 'validate', outcome: 'not-a-review' };
    const before = await world.metric(name, labels);
    const answer = await world.post('/validate', body);
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.text).toMatch(/^(?:the body is not JSON|not an AdmissionReview v1: .+)\n$/u);
    expect(await world.metric(name, labels)).toBe(before + 1);
    await world.untilLogged('"message":"no admission review"');
  });

  it('but has a UID is denied by it', async () => {
    const body = reviewOf({ uid: 'mine', ...requestOf(), operation: undefined });
    const answer = await world.post('/validate', body);
    expect(answer).toMatchObject({ status: 200, allowed: false, code: 'REVIEW_MALFORMED' });
    expect(answer.text).toContain('"uid":"mine"');
  });

  it('that is huge is refused by its size, counted and logged', async () => {
    const body = reviewOf({ uid: 'u', ...requestOf({ object: podOf(['x'.repeat(8_000_000)]) }) });
    const name = 'keyward_webhook_refused_requests_total';
    const before = await world.metric(name, { reason: 'too-large' });
    // The server hangs up as it answers, so a client still sending may see either.
    const outcome = await world.post('/validate', body).catch((error: unknown) => error);
    expect(outcome).toMatchObject(
      outcome instanceof Error || (outcome as { code?: string }).code !== undefined
        ? { code: expect.stringMatching(/^(?:EPIPE|ECONNRESET)$/u) }
        : { status: 413 },
    );
    expect(await world.metric(name, { reason: 'too-large' })).toBe(before + 1);
    await world.untilLogged('"reason":"too-large"');
  });
});

describe('a registry', () => {
  it('that answers rubbish to everything is never taken for one without signatures', async () => {
    const image = await world.push('rubbish', 'legacy');
    world.registry.faults.set({ kind: 'rubbish' }, { path: 'rubbish' });
    await refusedAs([image], 'REGISTRY_BAD_RESPONSE');
  });

  let count = 0;
  it.each<[string, Fault, string]>([
    ['lists rubbish', { kind: 'rubbish' }, 'REGISTRY_BAD_RESPONSE'],
    ['answers 500', { kind: 'status', status: 500 }, 'REGISTRY_UNREACHABLE'],
    ['answers 429', { kind: 'status', status: 429 }, 'REGISTRY_THROTTLED'],
    ['answers 401', { kind: 'status', status: 401 }, 'REGISTRY_AUTH'],
    ['hangs up', { kind: 'reset' }, 'REGISTRY_UNREACHABLE'],
    [
      'redirects to the node’s metadata service',
      { kind: 'redirect', location: 'https://169.254.169.254/metadata/identity/oauth2/token' },
      'REGISTRY_REDIRECT_REFUSED',
    ],
    [
      'redirects into the cluster',
      { kind: 'redirect', location: 'https://10.96.0.1/api/v1/secrets' },
      'REGISTRY_REDIRECT_REFUSED',
    ],
    [
      'redirects to plain HTTP',
      { kind: 'redirect', location: 'http://example.com/' },
      'REGISTRY_REDIRECT_REFUSED',
    ],
  ])('that %s leaves the image unavailable, with the reason', async (_, fault, code) => {
    count += 1;
    const name = `fault-${count}`;
    const image = await world.push(name, 'bundle');
    const scope = fault.kind === 'rubbish' ? ({ on: 'referrers' } as const) : {};
    world.registry.faults.set(fault, { path: name, ...scope });
    await refusedAs([image], code);
    // The registry is well again: so is the image, as soon as it may be asked for.
    world.registry.faults.clear();
    await waitUntil(async () => (await world.ask([image])).allowed === true, 'recovery');
  });

  it('that hangs costs the review its time and no more, and holds up no other image', async () => {
    const image = await world.push('hanging', 'legacy');
    world.registry.faults.set({ kind: 'hang' }, { path: 'hanging' });
    const began = performance.now();
    const [slow, quick] = await Promise.all([
      refusedAs([image], 'DEADLINE', '2s'),
      world.ask([good], { timeout: '2s' }),
    ]);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect([slow.allowed, quick.allowed]).toEqual([false, true]);
  });

  it('that does not exist leaves the image unavailable', async () => {
    const image = `no-such-host.invalid/app@sha256:${'a1'.repeat(32)}`;
    const { code, message, allowed } = await world.ask([image]);
    expect(allowed).toBe(false);
    expect(code).toMatch(/^REGISTRY_(?:UNREACHABLE|TIMEOUT)$/u);
    expect(message).toContain('no-such-host.invalid');
    await world.untilLogged('no-such-host.invalid');
  });
});

describe('a namespace', () => {
  it('that warns allows everything, with the reason as a warning', async () => {
    const answer = await world.ask([await world.push('warned')], { namespace: 'team-warn' });
    expect(answer).toMatchObject({ allowed: true, code: 'NO_SIGNATURE' });
    expect(answer.warnings).toEqual([expect.stringMatching(/^keyward would refuse: .*NO_SIGN/u)]);
  });

  it('that is off is left alone', async () => {
    const image = await world.push('ignored');
    world.registry.resetRequests();
    const answer = await world.ask([image], { namespace: 'team-off' });
    expect(answer).toMatchObject({ allowed: true, warnings: [] });
    expect(world.registry.requests().count).toBe(0);
  });

  it('whose label changes is judged by the new one, in both directions', async () => {
    const images = [await world.push('relabelled')];
    const name = 'relabelled';
    await world.kube.create(RESOURCES.namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'keyward.dev/enforce': 'off' } },
    });
    for (const [enforce, isAllowed] of [
      ['deny', false],
      ['off', true],
      ['denied', false],
    ] as const) {
      await world.label(name, enforce);
      await waitUntil(
        async () => (await world.ask(images, { namespace: name })).allowed === isAllowed,
        `${enforce} to act`,
      );
    }
    const { warnings } = await world.ask(images, { namespace: name });
    expect(warnings).toEqual([expect.stringContaining('taken as deny')]);
  });

  it('that nobody knows denies', async () => {
    const before = await world.metric(VERDICTS, { code: 'NAMESPACE_UNKNOWN' });
    const answer = await world.ask([good], { namespace: 'nowhere' });
    expect(answer).toMatchObject({ allowed: false, code: 'NAMESPACE_UNKNOWN' });
    expect(await world.metric(VERDICTS, { code: 'NAMESPACE_UNKNOWN' })).toBe(before + 1);
    await world.untilLogged('"code":"NAMESPACE_UNKNOWN"');
  });
});

describe('an API server that goes away', () => {
  it('leaves everything as it was last known; when it is back, what was missed acts', async () => {
    world.api.faults.set({ method: 'GET' }, { kind: 'reset' });
    world.api.faults.dropWatches();
    await world.untilLogged('"message":"watch broke off"');
    expect(await world.ask([good])).toMatchObject({ allowed: true });
    expect(await world.ask([await world.push('still-unsigned')])).toMatchObject({
      allowed: false,
      code: 'NO_SIGNATURE',
    });
    // What is not known cannot be read now either: denied, not waved through.
    expect(await world.ask([good], { namespace: 'made-meanwhile' })).toMatchObject({
      allowed: false,
      code: 'NAMESPACE_UNKNOWN',
    });
    await world.kube.create(RESOURCES.keyRevocations, {
      apiVersion: 'keyward.dev/v1alpha1',
      kind: 'KeyRevocation',
      metadata: { name: 'leak' },
      spec: { key: KEY, reason: 'leaked' },
    });
    world.api.faults.clear();
    await waitUntil(async () => (await world.ask([good])).code === 'KEY_REVOKED', 'the revocation');
    await world.kube.delete(RESOURCES.keyRevocations, { name: 'leak' });
    await waitUntil(async () => (await world.ask([good])).allowed === true, 'the lifting');
  });
});

describe('the end', () => {
  it('comes a moment after SIGTERM, with exit code 0, also with a registry that hangs', async () => {
    const program = runProgram(world.env);
    const { port, metricsPort } = await program.listening;
    await waitUntil(
      async () => (await fetch(`http://127.0.0.1:${String(metricsPort)}/readyz`)).status === 200,
      'readiness',
    );
    const image = await world.push('hanging-at-the-end', 'legacy');
    world.registry.faults.set({ kind: 'hang' }, { path: 'hanging-at-the-end' });
    const pod = requestOf({ namespace: 'team-deny', object: podOf([image]) });
    world.registry.resetRequests();
    const review = reviewOf({ uid: 'late', ...pod });
    const waiting = world.post('/validate?timeout=2s', review, Number(port));
    await waitUntil(() => world.registry.requests().count > 0, 'the question to the registry');
    const began = performance.now();
    program.child.kill('SIGTERM');
    // The review under way is answered before the end.
    expect(await waiting).toMatchObject({ allowed: false, code: 'DEADLINE' });
    const { code, stderr } = await program.ended;
    expect(code).toBe(0);
    expect(performance.now() - began).toBeLessThan(8000);
    expect(stderr).toContain('"message":"stopped"');
  });

  it('comes at once where it cannot begin: a metrics port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { ended } = runProgram({ ...world.env, KEYWARD_METRICS_PORT: String(port) });
    const { code, stderr } = await ended;
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^keyward: .*EADDRINUSE.*\n$/u);
  });

  it('comes at once where it cannot begin: a certificate that is none', async () => {
    const env = { ...world.env, KEYWARD_TLS_CERT_FILE: world.env['KEYWARD_TLS_KEY_FILE']! };
    const { code, stderr } = await runProgram(env).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^keyward: .* and its key are no certificate pair\n$/u);
    expect(stderr).not.toContain('PRIVATE KEY');
  });
});
