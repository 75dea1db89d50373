import type { Log } from './log';

/** Closes in order on SIGTERM or SIGINT and exits; a close that hangs is cut off after `graceMs`. */
export function onShutdown(log: Log, close: () => Promise<void>, graceMs = 30_000): void {
  let closing = false;
  const end = (signal: NodeJS.Signals): void => {
    if (closing) return;
    closing = true;
    log.info({ signal }, 'shutting down');
    const cutOff = setTimeout(() => {
      log.error({ graceMs }, 'shutdown took too long');
      process.exit(1);
    }, graceMs);
    cutOff.unref();
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ error: String(error) }, 'shutdown failed');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}
