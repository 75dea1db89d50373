"""Looks a VM up with VMware's own client library and prints what it sees as JSON.

usage: vcenter.py <instanceUuid>
Connection: VC_URL, VC_USERNAME, VC_PASSWORD, VC_CA (file with the PEM of the certificate authority).
"""

import json
import os
import ssl
import sys
import warnings
from urllib.parse import urlparse

warnings.simplefilter("ignore")

from pyVim.connect import Disconnect, SmartConnect  # noqa: E402

url = urlparse(os.environ["VC_URL"])
instance = SmartConnect(
    host=url.hostname,
    port=url.port or 443,
    user=os.environ["VC_USERNAME"],
    pwd=os.environ["VC_PASSWORD"],
    sslContext=ssl.create_default_context(cafile=os.environ["VC_CA"]),
)
try:
    vm = instance.RetrieveContent().searchIndex.FindByUuid(None, sys.argv[1], True, True)
    json.dump(
        {
            "nativeId": vm._moId,
            "name": vm.name,
            "folder": vm.parent.name,
            "cpus": vm.config.hardware.numCPU,
            "memoryMib": vm.config.hardware.memoryMB,
            "power": vm.runtime.powerState,
            "settings": {option.key: option.value for option in vm.config.extraConfig},
        },
        sys.stdout,
    )
finally:
    Disconnect(instance)
