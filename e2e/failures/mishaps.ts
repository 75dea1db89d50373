import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'amqplib';
import { delayAnswer, dropAfter, hang, status } from '../../sims/faults/faults';
import type { Mishap } from './campaign';
import type { Random } from './random';
import type { FailureStack } from './stack';

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

/** kill -9 of the broker. @param wipe whether its disk is lost too. */
export const brokerKill = (wipe: boolean): Mishap => ({
  what: wipe ? 'RabbitMQ is killed and its disk is lost' : 'RabbitMQ is killed',
  users: 4,
  actions: 4,
  begin: nothing,
  during: async (stack, random) => {
    await delay(random.whole(200, 1_200));
    await stack.ground.rabbit.kill();
    if (wipe) stack.ground.rabbit.wipe();
    await stack.ground.rabbit.restart();
  },
  end: settled,
});

/** A provisioner stands still beyond its lease in the middle of work, and wakes after another has taken over. */
export const zombie: Mishap = {
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

/** Approvals stands still for longer than a lease. */
export const approvalsAway: Mishap = {
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

/** Answers of changing calls are lost: their effect has happened. */
export const lostAnswers: Mishap = {
  what: 'answers of changing calls are lost',
  users: 6,
  begin: (stack) => {
    for (const operation of ['CloneVM_Task', 'PowerOnVM_Task', 'ReconfigVM_Task', 'Destroy_Task']) {
      stack.proxy.add(dropAfter(), { operation, times: 2 });
    }
    return nothing();
  },
  end: async (stack) => {
    for (const rule of stack.proxy.rules) rule.remove();
    await stack.ready();
  },
};

/** The hypervisor's every call hangs, answers 503, or late, for a while. */
export const badHypervisor = (kind: 'hang' | '503' | 'slow'): Mishap => ({
  what: `the hypervisor's answers: ${kind}`,
  begin: nothing,
  during: async (stack, random) => {
    await delay(random.whole(100, 800));
    const faults = { hang: () => hang(), '503': () => status(503), slow: () => delayAnswer(1_200) } as const;
    const rule = stack.proxy.add(faults[kind]());
    await delay(random.whole(1_500, 3_000));
    rule.remove();
  },
  end: (stack) => {
    for (const rule of stack.proxy.rules) rule.remove();
    return stack.ready();
  },
});

/** Queues whose messages may be repeated, reordered and lost: what is committed is sent again until the next room has it. */
const queuesToStir = [
  'approvals.requests',
  'approvals.facts',
  'gateway.projection',
  'provisioner.vsphere.vsphere-demo',
];

/** Takes waiting messages out of a queue and publishes them again, in another order, some of them twice. */
async function stir(stack: FailureStack, random: Random, queue: string): Promise<void> {
  const connection = await connect(stack.file.amqpUrl ?? '', { timeout: 5_000 });
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    const taken = [];
    for (;;) {
      const message = await channel.get(queue);
      if (message === false) break;
      taken.push(message);
    }
    for (const message of random.shuffled([...taken, ...taken])) {
      channel.publish('', queue, message.content, { ...message.properties });
    }
    await channel.waitForConfirms();
    for (const message of taken) channel.ack(message);
  } finally {
    await connection.close().catch(() => undefined);
  }
}

/** Every waiting message is delivered twice and out of order: consumers stand still meanwhile, so that messages wait. */
export const duplicates: Mishap = {
  what: 'messages come twice and out of order',
  users: 6,
  begin: nothing,
  during: async (stack, random) => {
    for (let n = 0; n < 3; n += 1) {
      const sleeper = random.one(stack.subjects);
      sleeper.kill('SIGSTOP');
      await delay(random.whole(200, 700));
      for (const queue of queuesToStir) await stir(stack, random, queue).catch(() => undefined);
      sleeper.kill('SIGCONT');
    }
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

/** Events that the gateway never gets: it must find the gap and pull from the journal. */
export const lostEvents: Mishap = {
  what: 'events are lost on their way to the gateway',
  begin: nothing,
  during: loseEvents,
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
