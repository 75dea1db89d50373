"""Publishes messages as another system would, with pika. Reads a JSON list on standard input:
[{"key": "vm.create", "body": "<text>", "messageId": "m1", "userId": "guest", "type": "", "contentType": "application/json", "replyTo": true}]
and prints for each whether the broker confirmed it, with the answer if one was asked for. Connection: AMQP_URL.
"""

import json
import os
import sys

import pika

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
answers = []
messages = json.load(sys.stdin)
if any(message.get("replyTo") for message in messages):
    channel.basic_consume(
        "amq.rabbitmq.reply-to",
        lambda c, m, p, body: answers.append(json.loads(body)),
        auto_ack=True,
    )

results = []
for message in messages:
    properties = pika.BasicProperties(
        message_id=message.get("messageId"),
        user_id=message.get("userId"),
        type=message.get("type"),
        content_type=message.get("contentType", "application/json"),
        delivery_mode=2,
        reply_to="amq.rabbitmq.reply-to" if message.get("replyTo") else None,
    )
    channel.basic_publish("dcm.requests", message["key"], message["body"].encode("utf-8", "surrogateescape"), properties, mandatory=False)
    results.append({"confirmed": True})

for _ in range(int(os.environ.get("WAIT_ANSWERS_S", "0")) * 10):
    connection.process_data_events(time_limit=0.1)
json.dump({"results": results, "answers": answers}, sys.stdout)
connection.close()
