/** A fault as the reference hypervisor's protocol names it; the kind is what a vendor's fault class would be. */
export class ReferenceFault extends Error {
  constructor(
    readonly kind:
      | 'InvalidLogin'
      | 'NotAuthenticated'
      | 'InvalidArgument'
      | 'NotFound'
      | 'DuplicateName'
      | 'InvalidPowerState'
      | 'ToolsUnavailable'
      | 'TaskInProgress'
      | 'NoSuchSnapshot'
      | 'NoPermission'
      | 'Untrusted'
      | 'Refused'
      | 'Unavailable'
      | 'ConnectionLost'
      | 'Timeout'
      | 'Aborted',
    message: string,
  ) {
    super(message);
    this.name = 'ReferenceFault';
  }
}
