/** A fault of the service. @see MS-WSMV 2.2.4.43; DSP0226, 14 */
export class ServiceFault extends Error {
  override readonly name = 'ServiceFault';

  constructor(
    /** `WSManFault/@Code` */
    readonly code: number,
    /** Subcode with its prefix in answers, e.g. `w:TimedOut`. */
    readonly subcode: string,
    message: string,
    readonly status = 500,
  ) {
    super(message);
  }
}

export const operationTimedOut = (): ServiceFault =>
  new ServiceFault(
    2150858793,
    'w:TimedOut',
    'The WS-Management service cannot complete the operation within the time specified in OperationTimeout.',
  );

export const shellNotFound = (id: string): ServiceFault =>
  new ServiceFault(
    2150858843,
    'w:InvalidSelectors',
    `The request for the Windows Remote Shell with ShellId ${id} failed because the shell was not found on the server.`,
  );

export const commandNotFound = (): ServiceFault =>
  new ServiceFault(2150858843, 'w:InvalidSelectors', 'The command was not found in the Windows Remote Shell.');

export const accessDenied = (): ServiceFault => new ServiceFault(5, 'w:AccessDenied', 'Access is denied.');

export const tooManyShells = (limit: number): ServiceFault =>
  new ServiceFault(
    2150859173,
    'w:QuotaLimit',
    `This user is allowed a maximum number of ${limit} concurrent shells, which has been exceeded.`,
  );

export const tooManyProcesses = (limit: number): ServiceFault =>
  new ServiceFault(
    2150859241,
    'w:QuotaLimit',
    `The maximum number of ${limit} concurrent commands in the shell has been exceeded.`,
  );

export const shellEnded = (): ServiceFault =>
  new ServiceFault(
    995,
    'w:InternalError',
    'The I/O operation has been aborted because of either a thread exit or an application request.',
  );

export const pipeClosed = (): ServiceFault => new ServiceFault(109, 'w:InternalError', 'The pipe has been ended.');

export const unknownAction = (action: string): ServiceFault =>
  new ServiceFault(2150858752, 'a:ActionNotSupported', `The action ${action} is not supported by the service.`);

export const unknownResource = (uri: string): ServiceFault =>
  new ServiceFault(2150858752, 'a:DestinationUnreachable', `The resource URI ${uri} was not found.`);

export const badRequest = (why: string): ServiceFault =>
  new ServiceFault(2150858817, 's:Sender', `The request is malformed: ${why}.`, 400);
