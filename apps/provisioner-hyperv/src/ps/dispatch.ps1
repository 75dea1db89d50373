# The dispatcher. Static text: nothing is ever put into it. Windows PowerShell 5.1 and PowerShell 7 read it alike.
# A request is a batch of allow-listed cmdlet calls with splatted arguments; README.md beside this file is its contract.
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
$VerbosePreference = 'SilentlyContinue'
$InformationPreference = 'SilentlyContinue'
$ConfirmPreference = 'None'
$script:DcmCulture = [Globalization.CultureInfo]::InvariantCulture
[Threading.Thread]::CurrentThread.CurrentCulture = $script:DcmCulture
[Threading.Thread]::CurrentThread.CurrentUICulture = $script:DcmCulture

$script:DcmModules = @{ scvmm = @('VirtualMachineManager') }
$script:DcmAllowed = @{
  scvmm = @(
    'Get-SCVMMServer', 'Get-SCUserRole', 'Get-SCVMHostGroup', 'Get-SCVMHost', 'Get-SCVMHostCluster', 'Get-SCStorageVolume',
    'Get-SCStorageFileShare', 'Get-SCCloud', 'Get-SCCloudCapacity', 'Get-SCVMTemplate', 'Get-SCHardwareProfile', 'Get-SCVirtualHardDisk',
    'Get-SCVMNetwork', 'Get-SCVMSubnet', 'Get-SCVMHostNetworkAdapter', 'Get-SCVMHostRating', 'Get-SCVirtualMachine', 'Read-SCVirtualMachine',
    'Get-SCVirtualDiskDrive', 'Get-SCVirtualDVDDrive', 'Get-SCVirtualNetworkAdapter', 'Get-SCVMCheckpoint', 'Get-SCJob', 'Get-SCRunAsAccount',
    'Get-SCGuestOSProfile', 'Get-SCOperatingSystem', 'Get-SCLibraryShare', 'Read-SCLibraryShare', 'Get-SCISO', 'Remove-SCISO',
    'New-SCVMConfiguration', 'Set-SCVMConfiguration', 'Update-SCVMConfiguration', 'Get-SCVirtualHardDiskConfiguration',
    'Set-SCVirtualHardDiskConfiguration', 'Get-SCVirtualNetworkAdapterConfiguration', 'Set-SCVirtualNetworkAdapterConfiguration',
    'New-SCVirtualMachine', 'Set-SCVirtualMachine', 'Start-SCVirtualMachine', 'Stop-SCVirtualMachine', 'Suspend-SCVirtualMachine',
    'Resume-SCVirtualMachine', 'Reset-SCVirtualMachine', 'Remove-SCVirtualMachine', 'New-SCVMCheckpoint', 'Restore-SCVMCheckpoint',
    'Remove-SCVMCheckpoint', 'New-SCVirtualDiskDrive', 'Expand-SCVirtualDiskDrive', 'New-SCVirtualDVDDrive', 'Set-SCVirtualDVDDrive',
    'New-SCVirtualNetworkAdapter', 'Set-SCVirtualNetworkAdapter', 'Remove-SCVirtualNetworkAdapter', 'Stop-SCJob', 'Write-DcmFile'
  )
}
$script:DcmRequestKeys = @('id', 'mode', 'lock', 'lockMs', 'steps', 'return')
$script:DcmStepKeys = @('as', 'cmd', 'args', 'when', 'where', 'expect', 'missingOk')
$script:DcmStep = ''
$script:DcmDone = $null

function Write-DcmFrame([string]$Id, [string]$Kind, $Payload) {
  $json = ConvertTo-Json -InputObject $Payload -Depth 16 -Compress
  $text = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($json))
  [Console]::Out.WriteLine("#DCM1 $Id $Kind $text")
  [Console]::Out.Flush()
}

function Write-DcmReady {
  Write-DcmFrame '0' 'ready' @{ pid = $PID; version = "$($PSVersionTable.PSVersion)" }
}

function New-DcmError([string]$Code, [string]$Text) {
  $made = New-Object System.InvalidOperationException ($Text)
  $made.Data['dcm'] = $Code
  return $made
}

function Get-DcmProp($Object, [string]$Name) {
  if ($null -eq $Object) { return $null }
  $found = $Object.PSObject.Properties[$Name]
  if ($null -eq $found) { return $null }
  return , $found.Value
}

function Get-DcmNames($Object) {
  return @($Object.PSObject.Properties | ForEach-Object { $_.Name })
}

function Assert-DcmKeys($Object, $Known) {
  foreach ($name in (Get-DcmNames $Object)) {
    if ($Known -cnotcontains $name) { throw (New-DcmError 'BAD_REQUEST' "unknown key '$name'") }
  }
}

function ConvertTo-DcmSecure([string]$Text) {
  $secure = New-Object System.Security.SecureString
  foreach ($char in $Text.ToCharArray()) { $secure.AppendChar($char) }
  return $secure
}

function Resolve-DcmReference($Name, $Vars) {
  if (-not $Vars.ContainsKey([string]$Name)) { throw (New-DcmError 'REFERENCE' "no step '$Name' has run") }
  $found = @($Vars[[string]$Name])
  if ($found.Count -ne 1) { throw (New-DcmError 'REFERENCE' "step '$Name' holds $($found.Count) objects, expected 1") }
  return $found[0]
}

function Resolve-DcmObject($Value, $Vars) {
  $names = @(Get-DcmNames $Value)
  if ($names.Count -ne 1) { throw (New-DcmError 'BAD_REQUEST' 'an object argument has exactly one key') }
  $inner = $Value.($names[0])
  switch -CaseSensitive ($names[0]) {
    '$ref' { return (Resolve-DcmReference $inner $Vars) }
    '$guid' { return [guid][string]$inner }
    '$text' { return [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String([string]$inner)) }
    '$secure' { return (ConvertTo-DcmSecure ([string]$inner)) }
    '$cred' { return New-Object System.Management.Automation.PSCredential ([string]$inner.username), (ConvertTo-DcmSecure ([string]$inner.password)) }
    default { throw (New-DcmError 'BAD_REQUEST' "unknown argument form '$($names[0])'") }
  }
}

function Resolve-DcmValue($Value, $Vars) {
  if ($null -eq $Value) { return $null }
  if ($Value -is [array]) {
    $all = @(foreach ($one in $Value) { Resolve-DcmValue $one $Vars })
    return , $all
  }
  if ($Value -is [System.Management.Automation.PSCustomObject]) { return (Resolve-DcmObject $Value $Vars) }
  return $Value
}

function Get-DcmPath($Object, [string]$Path) {
  $current = @($Object)
  foreach ($name in $Path.Split('.')) {
    $current = @(
      foreach ($one in $current) {
        if ($null -ne $one -and $one.PSObject.Properties[$name]) { $one.$name }
      }
    )
  }
  return , @($current | Where-Object { $null -ne $_ })
}

function ConvertTo-DcmScalar($Value, [string]$Type) {
  switch ($Type) {
    'i' { return [long]$Value }
    'f' { return [double]$Value }
    'b' { return [bool]$Value }
    'd' { return ([datetime]$Value).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.fffZ', $script:DcmCulture) }
    's' { return [string]::Format($script:DcmCulture, '{0}', $Value) }
    default { throw (New-DcmError 'BAD_REQUEST' "unknown type '$Type'") }
  }
}

function Select-DcmField($Object, [string]$Text) {
  $path, $type = $Text.Split(':')
  if (-not $type) { $type = 's' }
  $values = Get-DcmPath $Object $path
  if ($type.EndsWith('[]')) {
    $scalar = $type.Substring(0, $type.Length - 2)
    $all = @(foreach ($one in $values) { ConvertTo-DcmScalar $one $scalar })
    return , $all
  }
  if ($values.Count -eq 0) { return $null }
  return (ConvertTo-DcmScalar $values[0] $type)
}

function Select-DcmObject($Object, $Fields) {
  $row = New-Object System.Collections.Specialized.OrderedDictionary
  foreach ($field in $Fields.PSObject.Properties) {
    if ($field.Value -is [System.Management.Automation.PSCustomObject]) {
      $row[$field.Name] = @(foreach ($one in (Get-DcmPath $Object ([string]$field.Value.each))) { Select-DcmObject $one $field.Value.of })
    } else {
      $row[$field.Name] = Select-DcmField $Object ([string]$field.Value)
    }
  }
  return $row
}

function Test-DcmMark($Object, [string]$Mark) {
  $line = ([string](Get-DcmProp $Object 'Description')).Split("`n")[0].Trim()
  if ([string]::Equals($line, $Mark, [StringComparison]::Ordinal)) { return $true }
  if (-not $line.StartsWith($Mark + ':', [StringComparison]::Ordinal)) { return $false }
  $identity = $line.Substring($Mark.Length + 1)
  if ($identity -cmatch '^try-[0-9]+$') { return $true }
  return [string]::Equals($identity, [string](Get-DcmProp $Object 'ID'), [StringComparison]::OrdinalIgnoreCase)
}

function Test-DcmText([string]$Text, [string]$Op, [string]$Wanted) {
  switch -CaseSensitive ($Op) {
    'eq' { return [string]::Equals($Text, $Wanted, [StringComparison]::OrdinalIgnoreCase) }
    'ne' { return -not [string]::Equals($Text, $Wanted, [StringComparison]::OrdinalIgnoreCase) }
    'contains' { return $Text.IndexOf($Wanted, [StringComparison]::Ordinal) -ge 0 }
    'startsWith' { return $Text.StartsWith($Wanted, [StringComparison]::Ordinal) }
    default { throw (New-DcmError 'BAD_REQUEST' "unknown operator '$Op'") }
  }
}

function Test-DcmWhere($Object, $Where) {
  foreach ($test in @($Where)) {
    if ([string]$test.op -ceq 'mark') {
      if (-not (Test-DcmMark $Object ([string]$test.value))) { return $false }
      continue
    }
    $values = Get-DcmPath $Object ([string]$test.path)
    $text = ''
    if ($values.Count -gt 0) { $text = ConvertTo-DcmScalar $values[0] 's' }
    if (-not (Test-DcmText $text ([string]$test.op) ([string]$test.value))) { return $false }
  }
  return $true
}

function Test-DcmWhen($When, $Vars) {
  foreach ($test in @($When)) {
    if (-not $Vars.ContainsKey([string]$test.ref)) { throw (New-DcmError 'REFERENCE' "no step '$($test.ref)' has run") }
    $count = @($Vars[[string]$test.ref]).Count
    switch -CaseSensitive ([string]$test.is) {
      'empty' { if ($count -ne 0) { return $false } }
      'some' { if ($count -eq 0) { return $false } }
      default { throw (New-DcmError 'BAD_REQUEST' "unknown condition '$($test.is)'") }
    }
  }
  return $true
}

function Test-DcmSameBytes([string]$Path, [byte[]]$Bytes) {
  if (-not [IO.File]::Exists($Path)) { return $false }
  return [Convert]::ToBase64String([IO.File]::ReadAllBytes($Path)) -ceq [Convert]::ToBase64String($Bytes)
}

function Write-DcmFile {
  [CmdletBinding()]
  param(
    [string]$Root,
    [string]$Name,
    [string]$Content
  )
  if ($Name -cnotmatch '\A[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.iso\z') { throw (New-DcmError 'FILE_REFUSED' 'the name of a file is letters, digits, - and _, and ends in .iso') }
  if (-not [IO.Directory]::Exists($Root)) { throw (New-DcmError 'FILE_REFUSED' "there is no folder $Root") }
  $bytes = [Convert]::FromBase64String($Content)
  if ($bytes.Length -gt 1048576) { throw (New-DcmError 'FILE_REFUSED' 'a file may have 1 MiB') }
  $path = [IO.Path]::Combine($Root, $Name)
  if (-not (Test-DcmSameBytes $path $bytes)) {
    $partial = $path + '.' + [guid]::NewGuid().ToString('N') + '.partial'
    [IO.File]::WriteAllBytes($partial, $bytes)
    if ([IO.File]::Exists($path)) { [IO.File]::Delete($path) }
    [IO.File]::Move($partial, $path)
  }
  return New-Object PSObject -Property @{ Name = $Name; Path = $path; Length = $bytes.Length }
}

function Import-DcmModules([string]$Mode) {
  if (-not $script:DcmModules.ContainsKey($Mode)) { throw (New-DcmError 'BAD_REQUEST' "unknown mode '$Mode'") }
  foreach ($module in $script:DcmModules[$Mode]) {
    if (-not (Get-Module -Name $module)) { Import-Module -Name $module -ErrorAction Stop }
  }
}

function Get-DcmCode($Failure) {
  if ([string]$Failure.FullyQualifiedErrorId -match '^([0-9]+),') { return [int]$Matches[1] }
  if ([string]$Failure.Exception.Message -match 'Error ID: ([0-9]+)') { return [int]$Matches[1] }
  return $null
}

function Invoke-DcmCmdlet([string]$Cmdlet, $Splat, $MissingOk) {
  try {
    return @(& $Cmdlet @Splat | Where-Object { $null -ne $_ })
  } catch {
    $code = Get-DcmCode $_
    if ($null -ne $code -and @($MissingOk) -contains $code) { return @() }
    throw
  }
}

function Invoke-DcmStep([string]$Mode, $Step, $Vars) {
  $as = [string]$Step.as
  $cmdlet = [string]$Step.cmd
  $script:DcmStep = $as
  Assert-DcmKeys $Step $script:DcmStepKeys
  if ($script:DcmAllowed[$Mode] -cnotcontains $cmdlet) { throw (New-DcmError 'NOT_ALLOWED' "cmdlet '$cmdlet' is not on the list") }
  $Vars[$as] = @()
  $when = Get-DcmProp $Step 'when'
  if ($null -ne $when -and -not (Test-DcmWhen $when $Vars)) { return }
  $splat = @{ ErrorAction = 'Stop' }
  $arguments = Get-DcmProp $Step 'args'
  if ($null -ne $arguments) {
    foreach ($argument in $arguments.PSObject.Properties) { $splat[$argument.Name] = Resolve-DcmValue $argument.Value $Vars }
  }
  $found = @(Invoke-DcmCmdlet $cmdlet $splat (Get-DcmProp $Step 'missingOk'))
  [void]$script:DcmDone.Add($as)
  $where = Get-DcmProp $Step 'where'
  if ($null -ne $where) { $found = @($found | Where-Object { Test-DcmWhere $_ $where }) }
  $Vars[$as] = $found
  if ((Get-DcmProp $Step 'expect') -ceq 'one' -and $found.Count -ne 1) {
    throw (New-DcmError 'EXPECTED_ONE' "step '$as' gave $($found.Count) objects, expected 1")
  }
}

function Invoke-DcmSteps($Request) {
  $vars = @{}
  foreach ($step in @($Request.steps)) { Invoke-DcmStep ([string]$Request.mode) $step $vars }
  $data = New-Object System.Collections.Specialized.OrderedDictionary
  $wanted = Get-DcmProp $Request 'return'
  if ($null -ne $wanted) {
    foreach ($part in $wanted.PSObject.Properties) {
      if (-not $vars.ContainsKey($part.Name)) { throw (New-DcmError 'REFERENCE' "no step '$($part.Name)' has run") }
      $data[$part.Name] = @(foreach ($one in $vars[$part.Name]) { Select-DcmObject $one $part.Value })
    }
  }
  return $data
}

function Enter-DcmLock($Request) {
  $lock = [string](Get-DcmProp $Request 'lock')
  if ($lock -eq '') { return $null }
  if ($lock -cnotmatch '\A[A-Za-z0-9._-]{1,128}\z') { throw (New-DcmError 'BAD_REQUEST' 'a lock is letters, digits, dots, - and _') }
  $script:DcmStep = 'lock'
  $mutex = New-Object System.Threading.Mutex ($false, ('Global\DCM-' + $lock))
  $held = $false
  try {
    $held = $mutex.WaitOne([int]$Request.lockMs)
  } catch [System.Threading.AbandonedMutexException] {
    $held = $true
  }
  if ($held) { return $mutex }
  $mutex.Dispose()
  throw (New-DcmError 'LOCK_TIMEOUT' "lock '$lock' was not free in time")
}

function Get-DcmFailure($Failure) {
  return @{
    message = [string]$Failure.Exception.Message; type = $Failure.Exception.GetType().FullName
    fqid = [string]$Failure.FullyQualifiedErrorId; category = [string]$Failure.CategoryInfo.Category
    vmmCode = Get-DcmCode $Failure; dcm = $Failure.Exception.Data['dcm']
  }
}

function Invoke-DcmLine([string]$Line) {
  $id = '?'
  $mutex = $null
  $watch = [Diagnostics.Stopwatch]::StartNew()
  $script:DcmStep = 'decode'
  $script:DcmDone = New-Object System.Collections.ArrayList
  try {
    $request = ConvertFrom-Json -InputObject ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($Line)))
    $id = [string]$request.id
    Assert-DcmKeys $request $script:DcmRequestKeys
    $script:DcmStep = 'import'
    Import-DcmModules ([string]$request.mode)
    $mutex = Enter-DcmLock $request
    $data = Invoke-DcmSteps $request
    Write-DcmFrame $id 'result' @{ ok = $true; steps = @($script:DcmDone); data = $data; ms = $watch.ElapsedMilliseconds }
  } catch {
    Write-DcmFrame $id 'result' @{ ok = $false; step = $script:DcmStep; steps = @($script:DcmDone); error = (Get-DcmFailure $_); ms = $watch.ElapsedMilliseconds }
  } finally {
    if ($null -ne $mutex) {
      $mutex.ReleaseMutex()
      $mutex.Dispose()
    }
  }
}
