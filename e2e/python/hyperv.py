"""Looks into an SCVMM server with pywinrm, and changes VMs as somebody's hand does.

Each line on standard input is answered by one line of JSON; what fails by {"error": "..."}.
  list               every VM that bears a DCM mark
  destroy <id>       stops and removes the VM
  cpus <id> <count>  gives it so many CPUs, which a VM takes while it is off
Connection: SITE_URL, SITE_USERNAME, SITE_PASSWORD, SITE_CA (file with the PEM of the server's certificate). WinRM, NTLM and the shell
are pywinrm's; in the shell runs the static dispatcher of apps/provisioner-hyperv, since the simulator runs no other script.
"""

import base64
import json
import os
import sys
import time
import warnings
from pathlib import Path

LEGACY = str(Path(__file__).with_name("openssl-legacy.cnf"))
if os.environ.get("OPENSSL_CONF") != LEGACY:  # NTLM needs MD4, which OpenSSL 3 keeps apart; it is read at the start only
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "OPENSSL_CONF": LEGACY})

import xmltodict  # noqa: E402

warnings.filterwarnings("ignore")

from winrm.exceptions import WinRMOperationTimeoutError  # noqa: E402
from winrm.protocol import Protocol  # noqa: E402

SCRIPTS = Path(__file__).resolve().parents[2] / "apps/provisioner-hyperv/src/ps"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
SWITCHES = "-NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass -InputFormat Text -OutputFormat Text -EncodedCommand"
FRAME = "#DCM1 "
ANSWER_TIMEOUT_S = 60
MISSING = [801]
POWERS = {"Running": "on", "PowerOff": "off", "Saved": "suspended", "Paused": "suspended"}
FIELDS = {
    "id": "ID",
    "name": "Name",
    "description": "Description",
    "status": "Status",
    "cpus": "CPUCount:i",
    "memoryMib": "Memory:i",
    "disks": {"each": "VirtualDiskDrives", "of": {"bytes": "VirtualHardDisk.MaximumSize:i"}},
    "current": "LastRestoredVMCheckpoint.CheckpointID",
    "checkpoints": {"each": "VMCheckpoints", "of": {"id": "CheckpointID", "name": "Name", "addedAt": "AddedTime:d"}},
}


def encoded(text, encoding="utf-8"):
    return base64.b64encode(text.encode(encoding)).decode()


class PowerShell:
    """One powershell.exe on the server that stays."""

    def __init__(self):
        self.protocol = Protocol(
            endpoint=os.environ["SITE_URL"],
            transport="ntlm",
            username=os.environ["SITE_USERNAME"],
            password=os.environ["SITE_PASSWORD"],
            ca_trust_path=os.environ["SITE_CA"],
            operation_timeout_sec=10,
            read_timeout_sec=20,
        )
        self.text = ""
        self.shell = self.protocol.open_shell(codepage=65001)
        bootstrap = encoded((SCRIPTS / "bootstrap.ps1").read_text("utf-8"), "utf-16-le")
        self.command = self.protocol.run_command(
            self.shell, "powershell.exe", [*SWITCHES.split(), bootstrap], console_mode_stdin=False, skip_cmd_shell=True
        )
        self.send(encoded((SCRIPTS / "dispatch.ps1").read_text("utf-8")))
        self.answer()
        self.run([{"as": "server", "cmd": "Get-SCVMMServer", "args": {"ComputerName": "localhost"}, "expect": "one"}])

    def send(self, line):
        """This version of pywinrm has no Send of its own."""
        header = self.protocol._get_soap_header(resource_uri=SHELL + "/cmd", action=SHELL + "/Send", shell_id=self.shell)
        data = base64.b64encode((line + "\n").encode()).decode()
        stream = {"@Name": "stdin", "@CommandId": self.command, "#text": data}
        envelope = {"env:Envelope": {**header, "env:Body": {"rsp:Send": {"rsp:Stream": stream}}}}
        self.protocol.send_message(xmltodict.unparse(envelope))

    def answer(self):
        """The next frame; other lines are noise."""
        until = time.monotonic() + ANSWER_TIMEOUT_S
        while time.monotonic() < until:
            line, end, rest = self.text.partition("\n")
            if end:
                self.text = rest
                if line.startswith(FRAME):
                    return json.loads(base64.b64decode(line.split(" ")[3]))
                continue
            try:
                out, _, _, done = self.protocol._raw_get_command_output(self.shell, self.command)
            except WinRMOperationTimeoutError:
                continue
            self.text += out.decode()
            if done:
                raise RuntimeError("powershell.exe ended")
        raise TimeoutError("powershell.exe does not answer")

    def run(self, steps, wanted=None):
        self.send(encoded(json.dumps({"id": "1", "mode": "scvmm", "steps": steps, "return": wanted or {}})))
        answer = self.answer()
        if not answer["ok"]:
            raise RuntimeError(answer["error"]["message"])
        return answer["data"]

    def close(self):
        self.protocol.cleanup_command(self.shell, self.command)
        self.protocol.close_shell(self.shell)


def describe(row):
    mark = (row["description"] or "").split("\n")[0].strip()
    if not mark.startswith("dcm:"):
        return None
    made = sorted(row["checkpoints"], key=lambda one: one["addedAt"])
    current = row["current"] or (made[-1]["id"] if made else None)
    return {
        "name": row["name"],
        "nativeId": row["id"],
        "cpus": row["cpus"],
        "memoryMib": row["memoryMib"],
        "power": POWERS.get(row["status"], "unknown"),
        "disksMib": [disk["bytes"] // (1024 * 1024) for disk in row["disks"]],
        "snapshots": [{"name": one["name"], "isCurrent": one["id"] == current} for one in made],
        "marks": {"description": mark},
    }


def look(powershell):
    steps = [{"as": "vms", "cmd": "Get-SCVirtualMachine", "args": {"All": True}}]
    rows = powershell.run(steps, {"vms": FIELDS})["vms"]
    return [seen for seen in map(describe, rows) if seen]


def change(powershell, verb, identity, *arguments):
    get = {"as": "vm", "cmd": "Get-SCVirtualMachine", "args": {"ID": {"$guid": identity}}, "missingOk": MISSING}
    vm = {"$ref": "vm"}
    if verb == "destroy":
        [row] = powershell.run([get], {"vm": {"status": "Status"}})["vm"]
        stop = {"as": "stop", "cmd": "Stop-SCVirtualMachine", "args": {"VM": vm, "Force": True}}
        remove = {"as": "remove", "cmd": "Remove-SCVirtualMachine", "args": {"VM": vm}}
        powershell.run([get, *([stop] if row["status"] == "Running" else []), remove])
    elif verb == "cpus":
        args = {"VM": vm, "CPUCount": int(arguments[0])}
        powershell.run([get, {"as": "set", "cmd": "Set-SCVirtualMachine", "args": args}])
    else:
        raise ValueError(f"unknown verb {verb}")


class Server:
    """The PowerShell on the server; after an error the next one: a server that restarts its service ends every shell."""

    def __init__(self):
        self.powershell = None

    def use(self, work, *arguments):
        if self.powershell is None:
            self.powershell = PowerShell()
        try:
            return work(self.powershell, *arguments)
        except Exception:
            self.close()
            raise

    def close(self):
        lost, self.powershell = self.powershell, None
        try:
            if lost:
                lost.close()
        except Exception:  # it is gone
            pass


def seen(server):
    try:
        return server.use(look)
    except Exception:  # looking twice does no harm
        return server.use(look)


def answer(server, words):
    try:
        if words == ["list"]:
            return seen(server)
        server.use(change, *words)
        return {}
    except Exception as error:  # the asker shall see it
        return {"error": repr(error)}


def main():
    server = Server()
    try:
        for line in sys.stdin:
            print(json.dumps(answer(server, line.split())), flush=True)
    finally:
        server.close()


main()
