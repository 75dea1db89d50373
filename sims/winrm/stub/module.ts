import { cmdlets } from '../cmdlets/table';
import type { Cmdlet } from '../cmdlets/cmdlet';
import type { Parameter, ParameterSet } from '../cmdlets/parameters';

/** .NET types of plain parameters; objects of the management server are bound as what the endpoint gave out. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'string',
  'string[]': 'string[]',
  int: 'int',
  int64: 'long',
  byte: 'byte',
  uint16: 'uint16',
  bool: 'bool',
  switch: 'switch',
  guid: 'guid',
  credential: 'pscredential',
};
/** PowerShell adds these itself. */
const COMMON = new Set(['ErrorAction', 'ErrorVariable', 'WarningAction', 'Verbose', 'Debug', 'OutVariable']);

const PROXY = `function Invoke-SimCmdlet([string]$Name, $Bound) {
  $given = @{}
  foreach ($key in $Bound.Keys) {
    $value = $Bound[$key]
    if ($value -is [System.Management.Automation.SwitchParameter]) { $value = [bool]$value }
    if ($value -is [guid]) { $value = $value.ToString() }
    if ($value -is [System.Management.Automation.PSCustomObject]) { $value = @{ handle = $value.SimHandle } }
    if ($value -is [pscredential]) { $value = @{ username = $value.UserName } }
    if ($key -ne 'ErrorAction') { $given[$key] = $value }
  }
  $body = ConvertTo-Json -InputObject @{ session = $PID; cmdlet = $Name; args = $given } -Depth 6 -Compress
  $bytes = [Text.Encoding]::UTF8.GetBytes($body)
  $reply = Invoke-RestMethod -Method Post -Uri "$($env:DCM_SIM_URL)/cmdlet" -ContentType 'application/json; charset=utf-8' -Body $bytes
  if ($reply.error) {
    $exception = New-Object System.InvalidOperationException ([string]$reply.error.message)
    $record = New-Object System.Management.Automation.ErrorRecord ($exception, [string]$reply.error.fqid, 'ReadError', $null)
    $PSCmdlet.ThrowTerminatingError($record)
  }
  foreach ($one in @($reply.objects)) { $one }
}
`;

/** The stub of the module VirtualMachineManager: one function per cmdlet of the table, each a proxy to the endpoint. */
export function stubModule(): string {
  const all = [...cmdlets.values()];
  const names = all.map(({ name }) => `'${name}'`).join(', ');
  return [
    '# Generated from the table of cmdlets: a stub of the module VirtualMachineManager, for tests with a real PowerShell.',
    PROXY,
    ...all.map(functionOf),
    `Export-ModuleMember -Function ${names}`,
    '',
  ].join('\n');
}

function functionOf({ name, sets }: Cmdlet): string {
  const names = [...new Set(sets.flatMap((set) => set.map((parameter) => parameter.name)))].filter(
    (one) => !COMMON.has(one),
  );
  const parameters = names.map((one) => parameterOf(one, sets));
  const body = `  Invoke-SimCmdlet '${name}' $PSBoundParameters`;
  return [
    `function ${name} {`,
    "  [CmdletBinding(DefaultParameterSetName = 'Set0')]",
    '  param(',
    parameters.join(',\n'),
    '  )',
    body,
    '}',
  ].join('\n');
}

function parameterOf(name: string, sets: readonly ParameterSet[]): string {
  const found = sets.map((set) => set.find((parameter) => parameter.name === name));
  const attributes = found.flatMap((parameter, index) =>
    parameter === undefined ? [] : [attributeOf(parameter, index)],
  );
  const type = TYPES[found.find((parameter) => parameter !== undefined)?.type ?? ''] ?? 'object';
  return `    ${attributes.join('')} [${type}]$${name}`;
}

const attributeOf = ({ isMandatory }: Parameter, set: number): string =>
  `[Parameter(ParameterSetName = 'Set${set}'${isMandatory ? ', Mandatory = $true' : ''})]`;
