import { setTimeout as delay } from 'node:timers/promises';
import type { Mishap } from './campaign';
import { loseEvents } from './mishaps';
import { becomes } from './patience';
import type { Random } from './random';
import type { FailureStack } from './stack';
import type { Subject } from './subject';

/** By process: at which failpoints it dies, one death after the other. */
export type DeathPlan = ReadonlyMap<string, readonly string[]>;

/** In which a process that works comes to its place, and after each death is there again and comes to the next. */
const firstDeathMs = 6_000;
const furtherDeathMs = 4_000;

type Provocation = (stack: FailureStack, random: Random) => Promise<void>;

/** What makes a process pass a place that it does not pass in ordinary work. */
const provocations: Readonly<Record<string, Provocation>> = {
  'gateway.catch-up.read': loseEvents,
  'gateway.resend.committed': async (stack) => {
    stack.subject('approvals').kill('SIGSTOP');
    await delay(2_500);
    stack.subject('approvals').kill('SIGCONT');
  },
};

const nameOf = (charge: string): string => charge.split(':')[0] ?? '';

/** Processes die at failpoints, one death after the other; what is not passed in time is disarmed. */
export function deathsAt(plan: DeathPlan): Mishap {
  const firedBefore = new Map<string, number>();
  const left = (stack: FailureStack): Subject[] =>
    [...plan]
      .map(([name, charges]) => ({ subject: stack.subject(name), wanted: charges.length }))
      .filter(({ subject, wanted }) => subject.fired().length - (firedBefore.get(subject.name) ?? 0) < wanted)
      .map(({ subject }) => subject);
  const provoked = [...plan.values()].flat().flatMap((charge) => provocations[nameOf(charge)] ?? []);
  const most = Math.max(0, ...[...plan.values()].map((charges) => charges.length));
  return {
    name: 'deaths',
    patienceMs: firstDeathMs + most * furtherDeathMs,
    what: [...plan].map(([name, charges]) => `${name} dies at ${charges.join(' then ')}`).join(', '),
    begin: async (stack) => {
      for (const [name, [first = '', ...next]] of plan) {
        const subject = stack.subject(name);
        firedBefore.set(name, subject.fired().length);
        await subject.arm(first, ...next);
      }
    },
    during: async (stack, random) => {
      for (const provoke of provoked) await provoke(stack, random);
    },
    isOver: (stack) => left(stack).length === 0,
    end: async (stack) => {
      await becomes(1_000, () => left(stack).length === 0);
      for (const one of stack.subjects) one.kill('SIGCONT');
      await stack.ready();
      await Promise.all(left(stack).map((subject) => subject.arm('')));
    },
  };
}
