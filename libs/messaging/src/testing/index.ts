export { describeBrokerContract } from './broker-contract';
export { Scene, type BrokerUnderTest } from './scene';
export { waitUntil } from './wait-until';
