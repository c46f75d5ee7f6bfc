/** From a request path to what it addresses, as k8s.io/apiserver's RequestInfo does. */

export interface RequestTarget {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  /** What follows the subresource (`pods/x/proxy/<rest>`). */
  readonly rest: string;
}

/** Subresources of a Namespace: the only words after a namespace's name that are not a resource in it. */
const NAMESPACE_SUBRESOURCES = ['status', 'finalize'];

function inGroup(
  group: string,
  version: string,
  parts: readonly string[],
): RequestTarget | undefined {
  const [first, second, third] = parts;
  const isNamespaced =
    first === 'namespaces' && third !== undefined && !NAMESPACE_SUBRESOURCES.includes(third);
  const [resource, name, subresource, ...rest] = isNamespaced ? parts.slice(2) : parts;
  if (resource === undefined) return undefined;
  return {
    group,
    version,
    resource,
    ...(isNamespaced && second !== undefined ? { namespace: second } : {}),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
    rest: rest.join('/'),
  };
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** @returns undefined when the path names no resource */
export function parseTarget(pathname: string): RequestTarget | undefined {
  const parts = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  if (!parts.every((part) => part !== undefined)) return undefined;
  const [root, second, third, ...rest] = parts;
  if (root === 'api' && second !== undefined) {
    return inGroup('', second, third === undefined ? [] : [third, ...rest]);
  }
  if (root === 'apis' && second !== undefined && third !== undefined) {
    return inGroup(second, third, rest);
  }
  return undefined;
}
