/**
 * Preloaded (`--import`) into the sandbox's child processes: when the sandbox itself is killed without a chance to clean up, the
 * channel to it closes and the child goes too, so that no orphan keeps a port.
 */
process.once('disconnect', () => {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.exit(1), 2_000).unref();
});
process.channel?.unref();
