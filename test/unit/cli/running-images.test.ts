import { describe, expect, it } from '@jest/globals';
import { runningImages } from '../../../cli/running-images.ts';
import type { KubeObject } from '../../../platform/kube/kube.ts';
import { podSpecOf } from '../../support/reviews.ts';
import { DIGEST, OTHER_DIGEST, REPOSITORY } from '../../support/signatures.ts';

const PLACE = { registry: 'contoso.azurecr.io', repository: 'team/app' };

function pod(spec: unknown, status: unknown = {}): KubeObject {
  // As an item of a list: without kind and version.
  return { metadata: { name: 'web-1', namespace: 'team' }, spec, status };
}

const ran = (name: string, imageID: unknown) => ({ name, imageID });

describe('the images of a running pod', () => {
  it('are those of every place in it', () => {
    const spec = podSpecOf([`${REPOSITORY}@${DIGEST}`], {
      initContainers: [{ name: 'init', image: `${REPOSITORY}@${OTHER_DIGEST}` }],
      ephemeralContainers: [{ name: 'debug', image: `${REPOSITORY}@${DIGEST}` }],
      volumes: [{ name: 'model', image: { reference: `${REPOSITORY}@${DIGEST}` } }],
    });
    expect(runningImages(pod(spec))).toMatchObject([
      { pod: 'team/web-1', container: 'init', place: { ...PLACE, digest: OTHER_DIGEST } },
      { pod: 'team/web-1', container: 'c0', place: { ...PLACE, digest: DIGEST } },
      { pod: 'team/web-1', container: 'debug', place: { ...PLACE, digest: DIGEST } },
      { pod: 'team/web-1', container: 'model', place: { ...PLACE, digest: DIGEST } },
    ]);
  });

  it.each(['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'])(
    'named by tag are what the node says that it pulled: %s',
    (list) => {
      const status = { phase: 'Running', [list]: [ran('c0', `${REPOSITORY}@${DIGEST}`)] };
      expect(runningImages(pod(podSpecOf([`${REPOSITORY}:v1`]), status))).toEqual([
        {
          pod: 'team/web-1',
          container: 'c0',
          image: `${REPOSITORY}:v1`,
          place: { ...PLACE, digest: DIGEST },
        },
      ]);
    },
  );

  it('named by digest are that digest, whatever the node says', () => {
    const status = { containerStatuses: [ran('c0', `${REPOSITORY}@${OTHER_DIGEST}`)] };
    expect(runningImages(pod(podSpecOf([`${REPOSITORY}@${DIGEST}`]), status))).toMatchObject([
      { place: { digest: DIGEST } },
    ]);
  });

  it('may be told by Docker in its own words', () => {
    const status = { containerStatuses: [ran('c0', `docker-pullable://${REPOSITORY}@${DIGEST}`)] };
    expect(runningImages(pod(podSpecOf(['app:v1']), status))).toMatchObject([
      { place: { registry: 'docker.io', repository: 'library/app', digest: DIGEST } },
    ]);
  });

  it.each<[string, unknown]>([
    ['no status at all', undefined],
    ['no status of its own', { containerStatuses: [ran('other', `${REPOSITORY}@${DIGEST}`)] }],
    ['an empty id', { containerStatuses: [ran('c0', '')] }],
    ['no id', { containerStatuses: [{ name: 'c0' }] }],
    [
      'the id of a configuration, which no registry knows',
      { containerStatuses: [ran('c0', DIGEST)] },
    ],
    ['a digest cut off', { containerStatuses: [ran('c0', `x@${DIGEST.slice(0, -1)}`)] }],
    ['more behind the digest', { containerStatuses: [ran('c0', `x@${DIGEST}0`)] }],
  ])('are not known, and said to be so, with %s', (_, status) => {
    const [image] = runningImages(pod(podSpecOf([`${REPOSITORY}:v1`]), status));
    expect(image).toMatchObject({ container: 'c0', image: `${REPOSITORY}:v1` });
    expect(image).not.toHaveProperty('place');
  });

  it('that are no reference are not known either', () => {
    const [image] = runningImages(pod(podSpecOf(['Not/A/Reference'])));
    expect(image).not.toHaveProperty('place');
  });

  it('of a volume are not those of a container that happens to have its name', () => {
    const spec = podSpecOf([`${REPOSITORY}:v1`], {
      volumes: [{ name: 'c0', image: { reference: 'contoso.azurecr.io/model:v1' } }],
    });
    const status = { containerStatuses: [ran('c0', `${REPOSITORY}@${DIGEST}`)] };
    const [container, volume] = runningImages(pod(spec, status));
    expect(container).toMatchObject({ place: { ...PLACE, digest: DIGEST } });
    expect(volume).toMatchObject({ container: 'c0', image: 'contoso.azurecr.io/model:v1' });
    expect(volume).not.toHaveProperty('place');
  });
});

describe('a pod that has ended', () => {
  it.each([
    ['Succeeded', 0],
    ['Failed', 0],
    ['Running', 1],
    ['Pending', 1],
    ['Unknown', 1],
    [undefined, 1],
  ])('runs nothing any more: phase %s', (phase, count) => {
    expect(runningImages(pod(podSpecOf([`${REPOSITORY}@${DIGEST}`]), { phase }))).toHaveLength(
      count,
    );
  });
});
