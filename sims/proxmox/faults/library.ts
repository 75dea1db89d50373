import type { Answer } from '../http/answer';
import type { SimulatedClock } from '../clock';
import type { Fault, Outcome } from './faults';

const PROXY_TIMEOUT_MS = 30_000;

const bare = (status: number, reason: string): Answer => ({ status, reason, body: '' });

/** The call takes effect, and its answer is lost with the connection. */
export const loseAnswer = (): Fault => ({
  name: 'loseAnswer',
  apply: async (_call, next) => {
    await next();
    return 'cut';
  },
});

/** The connection breaks before the call takes effect. */
export const dropRequest = (): Fault => ({ name: 'dropRequest', apply: () => Promise.resolve('cut') });

/** The proxy answers in the place of the API: a status and a reason phrase without a body, e.g. 503 or 599. */
export const answerStatus = (status: number, reason: string): Fault => ({
  name: `answer ${status}`,
  apply: () => Promise.resolve(bare(status, reason)),
});

/** The proxy does not reach the daemon behind it: 595, and nothing was done. */
export const unreachable = (reason = 'Connection refused'): Fault => answerStatus(595, reason);

/** The daemon takes too long: 596 after its 30 seconds, and the call takes effect all the same. */
export const slowBackend = (clock: SimulatedClock): Fault => ({
  name: 'slowBackend',
  apply: async (_call, next) => {
    const effect = next();
    effect.catch(() => undefined);
    await clock.wait(PROXY_TIMEOUT_MS);
    return bare(596, 'Connection timed out');
  },
});

/** The call comes so many real milliseconds later. */
export const latency = (clock: SimulatedClock, realMs: number): Fault => ({
  name: 'latency',
  apply: async (_call, next) => {
    await clock.pause(realMs);
    return next();
  },
});

/** The call takes effect at once, and its answer comes so many real milliseconds later. */
export const lateAnswer = (clock: SimulatedClock, realMs: number): Fault => ({
  name: 'lateAnswer',
  apply: async (_call, next) => {
    const outcome = await next();
    await clock.pause(realMs);
    return outcome;
  },
});

/** Holds calls up before they take effect. */
export interface HeldCalls extends Fault {
  /** Resolves when the first has come in. */
  readonly arrived: Promise<void>;
  /** Lets all go on, and those to come. */
  release(): void;
}

/** Nothing goes on until it is released; what is held then takes effect. */
export function hold(): HeldCalls {
  let release: () => void = () => undefined;
  let arrive: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  return {
    name: 'hold',
    arrived,
    release,
    apply: async (_call, next): Promise<Outcome> => {
      arrive();
      await released;
      return next();
    },
  };
}
