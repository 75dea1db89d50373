export {
  isDirectReplyTo,
  type Broker,
  type ConsumeSpec,
  type Consumer,
  type Delivery,
  type ExchangeSpec,
  type InboundMessage,
  type Log,
  type OutgoingMessage,
  type PublishOptions,
  type PublishOutcome,
  type QueueBinding,
  type QueueSpec,
  type RequestOptions,
  type Topology,
} from './broker';
export { connectBroker, type BrokerOptions } from './connect';
export { readDeadLetter, type DeadLetterFacts } from './dead-letter';
export { JsonText, publishEvents, toMessage, type EventDraft } from './event';
export { isInfrastructureError } from './infrastructure.errors';
export { inboxMigrationSql, onceOnly, pruneInbox, type InboxOwner } from './outbox/inbox.repository';
export { OutboxRelay, type OutboxRelayOptions } from './outbox/outbox.relay';
export {
  addToOutbox,
  holdMs as outboxHoldMs,
  outboxMigrationSql,
  type OutboxMessage,
  type OutboxRow,
} from './outbox/outbox.repository';
export { publishAll, type PublishAllOptions } from './publish-all';
export { rpc, type RpcCall } from './rpc';
export { topicMatches } from './topic-match';
export { dcmTopology, siteTopology } from './topology';
export { DcmContext } from './transport/dcm-context';
export { type DcmMessage } from './transport/dcm-message';
export {
  DcmTransport,
  dcmTransportId,
  type ConsumedQueue,
  type DcmTransportOptions,
} from './transport/dcm-transport.strategy';
export { type HandlerOptions } from './transport/handler-routes';
export { PassThroughFilter } from './transport/pass-through.filter';
export { type RetryRules } from './transport/settlement.policy';
