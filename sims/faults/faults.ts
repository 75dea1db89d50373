export { selfSigned, type SelfSigned } from './certificate';
export {
  alterAnswer,
  alterRequest,
  cutAfter,
  delay,
  delayAnswer,
  dropAfter,
  dropBefore,
  Dropped,
  hang,
  reply,
  slow,
  status,
  type HttpAnswer,
  type HttpCall,
  type HttpFault,
  type Next,
  type Pace,
} from './http.faults';
export { HttpFaultProxy, type CallRecord, type HttpProxyOptions } from './http.proxy';
export { restOperation, soapOperation, type OperationOf } from './operations';
export { type NamedFault, type Rule, type RuleScope } from './rules';
export {
  cutConnection,
  delayConnection,
  dropConnection,
  mute,
  slowConnection,
  type Direction,
  type TcpFault,
} from './tcp.faults';
export { TcpFaultProxy, type TcpProxyOptions } from './tcp.proxy';
