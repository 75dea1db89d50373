"""Runs one program over WinRM with pywinrm, feeds it and prints what came of it: one JSON object in, one out.

In: { url, username, password, ca, program, arguments, pieces }. `ca` is a PEM file, or null for plain HTTP.
"""

import base64
import json
import sys
import warnings

import xmltodict

warnings.filterwarnings('ignore')

from winrm.protocol import Protocol  # noqa: E402

SHELL = 'http://schemas.microsoft.com/wbem/wsman/1/windows/shell'


def send(protocol, shell, command, data, end):
    """This version of pywinrm has no Send of its own."""
    request = {'env:Envelope': protocol._get_soap_header(
        resource_uri=SHELL + '/cmd', action=SHELL + '/Send', shell_id=shell)}
    stream = {'@Name': 'stdin', '@CommandId': command, '#text': base64.b64encode(data).decode()}
    if end:
        stream['@End'] = 'true'
    request['env:Envelope']['env:Body'] = {'rsp:Send': {'rsp:Stream': stream}}
    protocol.send_message(xmltodict.unparse(request))


given = json.load(sys.stdin)
protocol = Protocol(
    endpoint=given['url'], transport='ntlm', username=given['username'], password=given['password'],
    ca_trust_path=given['ca'], operation_timeout_sec=1, read_timeout_sec=10)
shell = protocol.open_shell(codepage=65001)
try:
    command = protocol.run_command(
        shell, given['program'], given['arguments'], console_mode_stdin=False, skip_cmd_shell=True)
    for index, piece in enumerate(given['pieces']):
        send(protocol, shell, command, piece.encode(), index == len(given['pieces']) - 1)
    stdout, stderr, code = protocol.get_command_output(shell, command)
    protocol.cleanup_command(shell, command)
finally:
    protocol.close_shell(shell)
print(json.dumps({'stdout': stdout.decode(), 'stderr': stderr.decode(), 'code': code}))
