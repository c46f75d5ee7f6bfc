import { describe, expect, it } from '@jest/globals';
import { parseNamespace } from '../../../../webhook/trust/namespaces.ts';

describe('a Namespace', () => {
  it.each<[unknown, object]>([
    [undefined, { name: 'team' }],
    [null, { name: 'team' }],
    [{}, { name: 'team' }],
    [{ 'keyward.dev/enforce': 'deny' }, { name: 'team', enforce: 'deny' }],
    [{ 'keyward.dev/enforce': 'Off' }, { name: 'team', enforce: 'Off' }],
    [{ 'keyward.dev/enforce': '' }, { name: 'team', enforce: '' }],
    [{ 'KEYWARD.DEV/ENFORCE': 'off', enforce: 'off' }, { name: 'team' }],
  ])('with labels %j gives the label as it is written', (labels, value) => {
    expect(parseNamespace({ metadata: { name: 'team', labels } })).toEqual({ ok: true, value });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['text', 'team'],
    ['an object without metadata', {}],
    ['one without a name', { metadata: { labels: {} } }],
    ['one with an empty name', { metadata: { name: '' } }],
    ['a list of namespaces', { kind: 'NamespaceList', metadata: { resourceVersion: '1' } }],
    ['labels that are a list', { metadata: { name: 'team', labels: ['off'] } }],
    ['a label that is no text', { metadata: { name: 'team', labels: { a: 1 } } }],
  ])('is not %s', (_, object) => {
    expect(parseNamespace(object)).toEqual({ ok: false, problems: ['it is not a Namespace'] });
  });
});
