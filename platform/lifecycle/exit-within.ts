/**
 * Ends the process if it has not ended by itself in time. Everything of ours is closed when this is called, but libraries leave timers behind:
 * rhea's heartbeat, when a connection is closed while it opens, keeps a process alive for two minutes.
 */
export function exitWithin(milliseconds: number, code: number): void {
  setTimeout(() => process.exit(code), milliseconds).unref();
}
