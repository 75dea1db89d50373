import { connectBroker } from '../src/connect';
import { describeBrokerContract } from '../src/testing/broker-contract';
import { amqpUrl, removeTopology } from './rabbit-under-test';

jest.setTimeout(30_000);

describeBrokerContract('RabbitMQ', {
  connect: (name, log) => connectBroker(amqpUrl(), { name, log }),
  remove: removeTopology,
});
