/** Namespaces of what comes in and goes out. */
export const Uri = {
  soap: 'http://www.w3.org/2003/05/soap-envelope',
  addressing: 'http://schemas.xmlsoap.org/ws/2004/08/addressing',
  transfer: 'http://schemas.xmlsoap.org/ws/2004/09/transfer',
  enumeration: 'http://schemas.xmlsoap.org/ws/2004/09/enumeration',
  wsman: 'http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd',
  microsoft: 'http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd',
  fault: 'http://schemas.microsoft.com/wbem/wsman/1/wsmanfault',
  shell: 'http://schemas.microsoft.com/wbem/wsman/1/windows/shell',
} as const;

/** What this endpoint can be asked to do, by the name that rules and counts use. */
export const OPERATIONS = ['Create', 'Delete', 'Enumerate', 'Pull', 'Command', 'Send', 'Receive', 'Signal'] as const;
export type Operation = (typeof OPERATIONS)[number];

const SPACES: Readonly<Record<Operation, string>> = {
  Create: Uri.transfer,
  Delete: Uri.transfer,
  Enumerate: Uri.enumeration,
  Pull: Uri.enumeration,
  Command: Uri.shell,
  Send: Uri.shell,
  Receive: Uri.shell,
  Signal: Uri.shell,
};

/** The action of an operation's request. */
export const actionOf = (operation: Operation): string => `${SPACES[operation]}/${operation}`;
