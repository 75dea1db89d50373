"""Drives a WS-Man endpoint with pywinrm: one JSON object in, one out. Other people's client, to look from outside."""

import base64
import json
import sys
import warnings

import xmltodict

warnings.filterwarnings('ignore')

from winrm.exceptions import InvalidCredentialsError, WinRMError, WinRMTransportError  # noqa: E402
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


def run(protocol, shell, program, arguments=(), pieces=()):
    command = protocol.run_command(shell, program, arguments, console_mode_stdin=False, skip_cmd_shell=True)
    for index, piece in enumerate(pieces):
        send(protocol, shell, command, piece.encode(), index == len(pieces) - 1)
    stdout, stderr, code = protocol.get_command_output(shell, command)
    protocol.cleanup_command(shell, command)
    return {'stdout': stdout.decode(), 'stderr': stderr.decode(), 'code': code}


def main():
    given = json.load(sys.stdin)
    protocol = Protocol(
        endpoint=given['url'], transport=given['transport'], username=given['username'], password=given['password'],
        ca_trust_path=given.get('ca'), operation_timeout_sec=1, read_timeout_sec=10)
    try:
        shell = protocol.open_shell(codepage=65001, env_vars={'GREETING': 'grüß <&>'}, working_directory='C:\\Temp')
    except (InvalidCredentialsError, WinRMTransportError, WinRMError) as error:
        return {'refused': type(error).__name__}
    outcome = {
        'echo': run(protocol, shell, 'echo', ['näin', '<ei>', '&']),
        'fail': run(protocol, shell, 'fail', ['3']),
        'drip': run(protocol, shell, 'drip', ['2', '1300']),
        'hold': run(protocol, shell, 'hold', pieces=['первая\n', 'x' * 50000, '終\n']),
        'long': run(protocol, shell, 'echo', ['x' * 33000]),
        'whoami': json.loads(run(protocol, shell, 'whoami')['stdout']),
    }
    protocol.close_shell(shell)
    try:
        run(protocol, shell, 'echo')
    except WinRMError as error:
        outcome['gone'] = type(error).__name__
    return outcome


print(json.dumps(main()))
