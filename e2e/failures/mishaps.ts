import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'amqplib';
import type { Mishap, Troubled } from './campaign';
import { Echo } from './echo';
import type { Disturbance, Wire } from './grounds/site.ground';
import type { Random } from './random';
import type { FailureStack } from './stack';
import type { Subject } from './subject';

const nothing = (): Promise<void> => Promise.resolve();
const settled = async (stack: FailureStack): Promise<void> => {
  for (const one of stack.subjects) one.kill('SIGCONT');
  await stack.ready();
};

async function killOne(stack: FailureStack, random: Random): Promise<void> {
  const name = random.one(['gateway', 'approvals', 'provisioner', 'provisioner', 'approvals', 'gateway']);
  const victim = name === 'provisioner' ? random.one(stack.provisioners) : stack.subject(name);
  victim.kill();
  await delay(random.whole(100, 1_500));
}

/** kill -9 of processes at random times. */
export const randomKills = (count: number): Mishap => ({
  name: 'kills',
  what: `${count} processes are killed at random times`,
  users: 4,
  actions: 4,
  begin: nothing,
  during: async (stack, random) => {
    await delay(random.whole(0, 500));
    for (let n = 0; n < count; n += 1) await killOne(stack, random);
  },
  end: settled,
});

/** kill -9 of the database, with all its processes, while people work. */
export const databaseKill: Mishap = {
  name: 'database',
  what: 'PostgreSQL is killed',
  users: 4,
  actions: 4,
  begin: nothing,
  during: async (stack, random) => {
    await delay(random.whole(200, 1_200));
    await stack.ground.postgres.kill();
    await stack.ground.postgres.restart();
  },
  end: settled,
};

/** kill -9 of the broker, while people work. */
export const brokerKill: Mishap = {
  name: 'broker',
  what: 'RabbitMQ is killed',
  users: 4,
  actions: 4,
  begin: nothing,
  during: async (stack, random) => {
    await delay(random.whole(200, 1_200));
    await stack.ground.rabbit.kill();
    await stack.ground.rabbit.restart();
  },
  end: settled,
};

/**
 * The broker dies with its disk while messages wait in it: who would have taken them died a moment before. A broker that is killed
 * while all stand at its side holds next to nothing. Nobody publishes meanwhile: a confirm is all that a publisher was promised, and
 * with the disk everything that only the broker had is gone.
 */
export const brokerDisk: Mishap = {
  name: 'broker-disk',
  what: 'RabbitMQ is killed and its disk is lost with what waits in it',
  users: 6,
  actions: 6,
  avoids: ['publish'],
  begin: nothing,
  during: async (stack, random) => {
    await delay(random.whole(200, 1_200));
    const takers = random.one([[stack.subject('approvals')], stack.provisioners]);
    for (const taker of takers) taker.kill();
    // They need longer than this to consume again.
    await delay(random.whole(400, 800));
    await stack.ground.rabbit.kill();
    stack.ground.rabbit.wipe();
    await stack.ground.rabbit.restart();
  },
  end: settled,
};

/** A provisioner stands still beyond its lease in the middle of work, and wakes after another has taken over. */
export const zombie: Mishap = {
  name: 'zombie',
  what: 'a provisioner stands still beyond its lease',
  users: 6,
  begin: nothing,
  during: async (stack, random) => {
    await delay(random.whole(300, 1_200));
    const victim = random.one(stack.provisioners);
    victim.kill('SIGSTOP');
    await delay(random.whole(4_000, 6_000));
    victim.kill('SIGCONT');
  },
  end: settled,
};

const makers: Readonly<Record<string, string>> = { vsphere: 'clone', proxmox: 'clone', hyperv: 'create' };

/** Of each platform the first provisioner, with the failpoint at the step that makes a VM. */
const firstOfEach = (stack: FailureStack): (readonly [Subject, string])[] =>
  stack.sites.map(({ platform }) => [
    stack.subject(`provisioner-${platform}-1`),
    `work.step.${makers[platform] ?? ''}`,
  ]);

/**
 * Of each platform a provisioner stands still just before it makes a VM, for longer than its lease, the longest call and the late effect
 * of both; meanwhile the VM is deleted. When it wakes it must not make it. People work on until each has had one to make.
 */
export const lateCreate = (): Mishap => {
  const firedBefore = new Map<Subject, number>();
  return {
    name: 'late-create',
    what: 'provisioners stand still before they make a VM while it is deleted',
    users: 6,
    favours: ['hasty-delete', 'cancel'],
    begin: async (stack) => {
      for (const [one] of firstOfEach(stack)) firedBefore.set(one, one.fired().length);
      await Promise.all(firstOfEach(stack).map(([one, point]) => one.arm(`${point}:1:freeze=9000`)));
    },
    during: () => delay(9_500),
    end: async (stack) => {
      await settled(stack);
      await Promise.all(firstOfEach(stack).map(([one]) => one.arm('')));
    },
    isOver: () => [...firedBefore].every(([one, before]) => one.fired().length > before),
  };
};

/** Approvals stands still for longer than a lease. */
export const approvalsAway: Mishap = {
  name: 'approvals-away',
  what: 'approvals stands still for longer than a lease',
  begin: nothing,
  during: async (stack, random) => {
    await delay(random.whole(200, 900));
    stack.subject('approvals').kill('SIGSTOP');
    await delay(random.whole(4_000, 6_000));
    stack.subject('approvals').kill('SIGCONT');
  },
  end: settled,
};

const mended = async (stack: FailureStack): Promise<void> => {
  for (const { wire } of stack.sites) wire.mend();
  await stack.ready();
};

const someTroubled = (troubled: Troubled): boolean => Object.values(troubled).some((count) => count > 0);
const allTroubled = (troubled: Troubled): boolean => Object.values(troubled).every((count) => count > 0);

/** Resolves when something has gone wrong on one of these ways since the call, or after a while without. */
async function troubleOn(wires: readonly Wire[], patienceMs = 8_000): Promise<void> {
  const before = wires.map(({ troubled }) => troubled);
  const until = performance.now() + patienceMs;
  while (wires.every(({ troubled }, index) => troubled === before[index]) && performance.now() < until) await delay(50);
}

/** Answers of changing calls are lost, on every platform: their effect has happened. */
export const lostAnswers: Mishap = {
  name: 'lost-answers',
  what: 'answers of changing calls are lost',
  users: 6,
  begin: (stack) => {
    for (const { wire } of stack.sites) wire.loseAnswers();
    return nothing();
  },
  end: mended,
  isOver: (_stack, troubled) => allTroubled(troubled),
};

/** Of every connection to the hypervisors the peer is silently gone, again and again. */
export const lostConnections: Mishap = {
  name: 'lost-connections',
  what: 'connections to the hypervisors are silently gone',
  begin: nothing,
  during: async (stack, random) => {
    for (let n = 0; n < 3; n += 1) {
      await delay(random.whole(300, 1_500));
      for (const { wire } of stack.sites) wire.loseConnections();
    }
  },
  end: mended,
  isOver: (_stack, troubled) => someTroubled(troubled),
};

/** Every call of one hypervisor, or of all of them, hangs, is answered 503, or late, for a while. */
export const badHypervisors = (how: Disturbance): Mishap => ({
  name: how,
  what: `the hypervisors' answers: ${how}`,
  begin: nothing,
  during: async (stack, random) => {
    await delay(random.whole(100, 800));
    const disturbed = random.next() < 0.5 ? stack.sites : [random.one(stack.sites)];
    const wires = disturbed.map(({ wire }) => wire);
    const undos = wires.map((wire) => wire.disturb(how));
    await Promise.all([delay(random.whole(1_500, 3_000)), troubleOn(wires)]);
    for (const undo of undos) undo();
  },
  end: mended,
  isOver: (_stack, troubled) => someTroubled(troubled),
});

/** Every message between the rooms comes again, some of them twice, late and so out of order. */
export const duplicates: Mishap = {
  name: 'duplicates',
  what: 'messages come twice and out of order',
  users: 6,
  begin: nothing,
  during: async (stack, random) => {
    const echo = await Echo.listen(stack.file.amqpUrl ?? '', random);
    await delay(6_000);
    await echo.close();
  },
  end: settled,
};

/** Throws away what waits for the gateway while that stands still. */
export async function loseEvents(stack: FailureStack, random: Random): Promise<void> {
  for (let n = 0; n < 3; n += 1) {
    stack.subject('gateway').kill('SIGSTOP');
    await delay(random.whole(200, 500));
    await purge(stack, 'gateway.projection').catch(() => undefined);
    stack.subject('gateway').kill('SIGCONT');
    await delay(random.whole(100, 400));
  }
}

/**
 * Throws away what comes for the gateway while it is dead. What the broker has handed to a consumer is not in the queue, so a gateway that
 * only stands still would lose next to nothing.
 */
async function loseAllEvents(stack: FailureStack, random: Random): Promise<void> {
  for (let n = 0; n < 3; n += 1) {
    await stack.subject('gateway').ready();
    await delay(random.whole(200, 500));
    stack.subject('gateway').kill();
    // The next one needs longer than this to consume.
    for (let purges = 0; purges < 6; purges += 1) {
      await purge(stack, 'gateway.projection').catch(() => undefined);
      await delay(100);
    }
  }
}

/** Events that the gateway never gets: it must find the gap and pull from the journal. */
export const lostEvents: Mishap = {
  name: 'lost-events',
  what: 'events are lost on their way to the gateway',
  begin: nothing,
  during: loseAllEvents,
  end: settled,
};

async function purge(stack: FailureStack, queue: string): Promise<void> {
  const connection = await connect(stack.file.amqpUrl ?? '', { timeout: 5_000 });
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    await channel.purgeQueue(queue);
  } finally {
    await connection.close().catch(() => undefined);
  }
}
