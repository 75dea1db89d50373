import { connectBroker } from '../connect';
import { describeBrokerContract } from '../testing/broker-contract';

describeBrokerContract('the in-process broker', {
  connect: (name, log) => connectBroker('inprocess://tester@contract', { name, log }),
  remove: () => Promise.resolve(),
});
