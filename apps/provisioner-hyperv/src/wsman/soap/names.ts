/** Namespaces of SOAP and WS-Management. */
export const Ns = {
  SOAP: 'http://www.w3.org/2003/05/soap-envelope',
  ADDRESSING: 'http://schemas.xmlsoap.org/ws/2004/08/addressing',
  TRANSFER: 'http://schemas.xmlsoap.org/ws/2004/09/transfer',
  ENUMERATION: 'http://schemas.xmlsoap.org/ws/2004/09/enumeration',
  WSMAN: 'http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd',
  MICROSOFT: 'http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd',
  FAULT: 'http://schemas.microsoft.com/wbem/wsman/1/wsmanfault',
  SHELL: 'http://schemas.microsoft.com/wbem/wsman/1/windows/shell',
} as const;

/** What is acted on. */
export const Resource = { SHELLS: Ns.SHELL, COMMAND_SHELL: `${Ns.SHELL}/cmd` } as const;

/** Actions of requests. @see MS-WSMV 3.1.4 */
export const Action = {
  CREATE: `${Ns.TRANSFER}/Create`,
  DELETE: `${Ns.TRANSFER}/Delete`,
  ENUMERATE: `${Ns.ENUMERATION}/Enumerate`,
  PULL: `${Ns.ENUMERATION}/Pull`,
  COMMAND: `${Ns.SHELL}/Command`,
  SEND: `${Ns.SHELL}/Send`,
  RECEIVE: `${Ns.SHELL}/Receive`,
  SIGNAL: `${Ns.SHELL}/Signal`,
} as const;
