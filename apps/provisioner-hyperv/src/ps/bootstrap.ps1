$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'; $WarningPreference = 'SilentlyContinue'
$dcmReady = $false
foreach ($line in $input) {
  $line = [regex]::Replace([string]$line, '[^A-Za-z0-9+/=]', '')
  if ($line.Length -eq 0) { continue }
  if ($dcmReady) { Invoke-DcmLine $line; continue }
  . ([ScriptBlock]::Create([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($line))))
  $dcmReady = $true
  Write-DcmReady
}
