/** The custom resource that the contract is told with: one of everything a schema of keyward's uses. */
import type { Json } from './client.ts';

export const GROUP = 'contract.keyward.dev';
export const WIDGETS = `/apis/${GROUP}/v1/namespaces/default/widgets`;

export const WIDGET_DEFINITION: Json = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: {
      kind: 'Widget',
      listKind: 'WidgetList',
      plural: 'widgets',
      singular: 'widget',
      shortNames: ['wd'],
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
          {
            name: 'Ready',
            type: 'string',
            jsonPath: '.status.conditions[?(@.type=="Ready")].status',
          },
          { name: 'Colour', type: 'string', jsonPath: '.spec.colour', priority: 1 },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                required: ['size'],
                properties: {
                  size: { type: 'integer', minimum: 1, maximum: 100 },
                  colour: { type: 'string', enum: ['red', 'blue'], default: 'red' },
                  code: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
                  tags: { type: 'array', maxItems: 2, items: { type: 'string' } },
                  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                },
              },
              status: {
                type: 'object',
                properties: {
                  seen: { type: 'integer' },
                  conditions: {
                    type: 'array',
                    items: {
                      type: 'object',
                      properties: { type: { type: 'string' }, status: { type: 'string' } },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

export function widget(name: string, spec: Json = {}, metadata: Json = {}): Json {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'Widget',
    metadata: { name, ...metadata },
    spec: { size: 1, ...spec },
  };
}

export function pod(name: string, image = 'registry.test/app:v1', labels: Json = {}): Json {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: {
      containers: [
        { name: 'main', image },
        { name: 'side', image: 'registry.test/side:v1' },
      ],
    },
  };
}

/** What a contract run is given. */
export interface ContractCluster {
  readonly kubeconfig: () => string;
  readonly close: () => Promise<void>;
  /** Shorter than a real server allows, where the stand-in can. */
  readonly bookmarkTimeoutSeconds: number;
}
