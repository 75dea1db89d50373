import { connectBroker } from '../src/connect';
import type { BrokerUnderTest } from '../src/testing/scene';
import { amqpUrl, removeTopology } from './rabbit-under-test';

/** Both brokers, each with its name. @param name of the one in this process: of each file's own. */
export const brokersUnderTest = (name: string): [string, BrokerUnderTest][] => [
  ['RabbitMQ', { connect: (client, log) => connectBroker(amqpUrl(), { name: client, log }), remove: removeTopology }],
  [
    'the in-process broker',
    {
      connect: (client, log) => connectBroker(`inprocess://${name}`, { name: client, log }),
      remove: () => Promise.resolve(),
    },
  ],
];
