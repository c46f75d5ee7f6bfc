/** k8s.io/apimachinery/pkg/util/duration.HumanDuration: the ages that `kubectl get` prints. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

function pair(
  seconds: number,
  unit: number,
  name: string,
  rest: { unit: number; name: string },
): string {
  const whole = Math.floor(seconds / unit);
  const left = Math.floor((seconds % unit) / rest.unit);
  return left === 0
    ? `${String(whole)}${name}`
    : `${String(whole)}${name}${String(left)}${rest.name}`;
}

/** @param seconds whole seconds; negative beyond clock skew is `<invalid>` */
export function formatDuration(seconds: number): string {
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * MINUTE) return `${String(seconds)}s`;
  if (seconds < 10 * MINUTE) return pair(seconds, MINUTE, 'm', { unit: 1, name: 's' });
  if (seconds < 3 * HOUR) return `${String(Math.floor(seconds / MINUTE))}m`;
  if (seconds < 8 * HOUR) return pair(seconds, HOUR, 'h', { unit: MINUTE, name: 'm' });
  if (seconds < 2 * DAY) return `${String(Math.floor(seconds / HOUR))}h`;
  if (seconds < 8 * DAY) return pair(seconds, DAY, 'd', { unit: HOUR, name: 'h' });
  if (seconds < 2 * YEAR) return `${String(Math.floor(seconds / DAY))}d`;
  if (seconds < 8 * YEAR) return pair(seconds, YEAR, 'y', { unit: DAY, name: 'd' });
  return `${String(Math.floor(seconds / YEAR))}y`;
}

/** @param time RFC 3339 text; anything else is `<unknown>`, as in kubectl */
export function formatAge(time: unknown, now: Date): string {
  const since = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(since)
    ? '<unknown>'
    : formatDuration(Math.floor((now.getTime() - since) / 1000));
}
