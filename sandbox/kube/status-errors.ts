/** Failure answers in the words of k8s.io/apimachinery/pkg/api/errors: clients match on reason and code. */

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: readonly StatusCause[];
  retryAfterSeconds?: number;
}

export interface StatusBody {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, never>;
  status: 'Failure' | 'Success';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code: number;
}

/** Thrown by any handler; the server writes `body` as the answer. */
export class StatusError extends Error {
  readonly body: StatusBody;
  constructor(body: StatusBody) {
    super(body.message ?? body.reason ?? 'failure');
    this.name = 'StatusError';
    this.body = body;
  }
}

/** Which resource a failure speaks of. */
export interface ResourceName {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

export function failure(
  code: number,
  reason: string,
  message: string,
  details?: StatusDetails,
): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  });
}

function qualify({ group, plural }: ResourceName): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** Go's encoding leaves an empty name out. */
function named(name: string): { readonly name?: string } {
  return name === '' ? {} : { name };
}

function describe({ group, plural }: ResourceName, name: string): StatusDetails {
  return { ...named(name), ...(group === '' ? {} : { group }), kind: plural };
}

export function notFound(resource: ResourceName, name: string): StatusError {
  return failure(
    404,
    'NotFound',
    `${qualify(resource)} "${name}" not found`,
    describe(resource, name),
  );
}

export function alreadyExists(resource: ResourceName, name: string): StatusError {
  const message = `${qualify(resource)} "${name}" already exists`;
  return failure(409, 'AlreadyExists', message, describe(resource, name));
}

export function conflict(
  resource: ResourceName,
  name: string,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
): StatusError {
  const message = `Operation cannot be fulfilled on ${qualify(resource)} "${name}": ${why}`;
  return failure(409, 'Conflict', message, describe(resource, name));
}

export function invalid(
  resource: ResourceName,
  name: string,
  causes: readonly StatusCause[],
): StatusError {
  const kind = resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`;
  const lines = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const listed = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  return failure(422, 'Invalid', `${kind} "${name}" is invalid: ${listed}`, {
    ...named(name),
    ...(resource.group === '' ? {} : { group: resource.group }),
    ...(resource.kind === '' ? {} : { kind: resource.kind }),
    causes,
  });
}

export function badRequest(message: string): StatusError {
  return failure(400, 'BadRequest', message);
}

export function forbidden(resource: ResourceName, name: string, why: string): StatusError {
  const message = `${qualify(resource)} "${name}" is forbidden: ${why}`;
  return failure(403, 'Forbidden', message, describe(resource, name));
}

/** The answer of an authorizer that says no. */
export function forbiddenToUser(
  resource: ResourceName,
  { name = '', namespace }: { readonly name?: string; readonly namespace?: string },
  { user, verb }: { readonly user: string; readonly verb: string },
): StatusError {
  const where =
    namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const what = `cannot ${verb} resource "${resource.plural}" in API group "${resource.group}" ${where}`;
  const which = name === '' ? '' : ` "${name}"`;
  const message = `${qualify(resource)}${which} is forbidden: User "${user}" ${what}`;
  return failure(403, 'Forbidden', message, describe(resource, name));
}

export function unauthorized(): StatusError {
  return failure(401, 'Unauthorized', 'Unauthorized');
}

export function expired(message: string): StatusError {
  return failure(410, 'Expired', message);
}

export function methodNotAllowed(): StatusError {
  return failure(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  return failure(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
}

export function notAcceptable(): StatusError {
  return failure(
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json',
  );
}

export function tooLarge(limit: number): StatusError {
  return failure(
    413,
    'RequestEntityTooLarge',
    `Request entity too large: limit is ${String(limit)}`,
  );
}

/** A JSON patch that does not fit: a real server does not say where. */
export function unprocessable(): StatusError {
  return failure(
    422,
    'Invalid',
    'the server rejected our request due to an error in our request',
    {},
  );
}

export function internalError(message: string): StatusError {
  return failure(500, 'InternalError', `Internal error occurred: ${message}`);
}

/** The answer to a delete that removed the object at once. */
export function success(resource: ResourceName, name: string, uid: string): StatusBody {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { ...describe(resource, name), uid },
    code: 200,
  };
}
