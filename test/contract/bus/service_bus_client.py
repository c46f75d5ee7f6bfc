"""Drives azure-servicebus for the contract suite: one JSON request a line on stdin, one JSON answer a line on stdout.

Its words are those of bus-client.ts. No retries, so that a fault is seen as the service gave it.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timezone

from azure.servicebus import ServiceBusClient, ServiceBusMessage, ServiceBusReceiveMode, ServiceBusSubQueue
from azure.servicebus.exceptions import (
    MessageLockLostError,
    MessagingEntityNotFoundError,
    ServiceBusAuthenticationError,
    ServiceBusAuthorizationError,
    ServiceBusError,
)

DEAD_LETTER = {"reason": "NotAnEvent", "error_description": "the body is not JSON"}
FAULTS = (
    (MessageLockLostError, "lockLost"),
    ((ServiceBusAuthenticationError, ServiceBusAuthorizationError), "unauthorized"),
    (MessagingEntityNotFoundError, "notFound"),
    (ServiceBusError, "other"),
)


def milliseconds(moment):
    if moment is None:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return round(moment.timestamp() * 1000)


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def describe(handle, message):
    locked = getattr(message, "locked_until_utc", None)
    return {
        "handle": handle,
        "body": b"".join(message.body).decode(),
        "messageId": text(message.message_id),
        "contentType": text(message.content_type),
        "properties": {text(k): text(v) for k, v in (message.application_properties or {}).items()},
        "deliveryCount": message.delivery_count,
        "sequenceNumber": message.sequence_number,
        "enqueuedAt": milliseconds(message.enqueued_time_utc),
        "lockedUntil": milliseconds(locked),
        "deadLetterReason": text(message.dead_letter_reason),
        "deadLetterDescription": text(message.dead_letter_error_description),
        "deadLetterSource": text(message.dead_letter_source),
    }


class Driver:
    def __init__(self, connection_string, queue=None, topic=None, subscription=None):
        self.queue = queue
        self.topic = topic
        self.subscription = subscription
        self.client = ServiceBusClient.from_connection_string(connection_string, retry_total=0)
        self.sender = None
        self.held = {}

    def receiver_for(self, **options):
        if self.queue is not None:
            return self.client.get_queue_receiver(self.queue, **options)
        return self.client.get_subscription_receiver(self.topic, self.subscription, **options)

    def open_receiver(self, mode="peekLock", dead_letters=False):
        """A link of its own for each receive: this SDK takes back the credit that it did not use only when it closes a link."""
        receiver = self.receiver_for(
            receive_mode=ServiceBusReceiveMode.RECEIVE_AND_DELETE
            if mode == "receiveAndDelete"
            else ServiceBusReceiveMode.PEEK_LOCK,
            **({"sub_queue": ServiceBusSubQueue.DEAD_LETTER} if dead_letters else {}),
        )
        # Opens the link now: later the wait of a receive would have to do for that, too.
        return receiver.__enter__()

    def see(self, receiver, messages):
        if len(messages) == 0:
            receiver.close()
        seen = []
        for message in messages:
            handle = f"m{len(self.held) + 1}"
            self.held[handle] = (message, receiver)
            seen.append(describe(handle, message))
        return seen

    def send(self, messages):
        if self.sender is None:
            sender = (
                self.client.get_topic_sender(self.topic)
                if self.queue is None
                else self.client.get_queue_sender(self.queue)
            )
            self.sender = sender.__enter__()
        self.sender.send_messages(
            [
                ServiceBusMessage(
                    each["body"].encode(),
                    message_id=each.get("messageId"),
                    content_type=each.get("contentType"),
                    application_properties=each.get("properties"),
                )
                for each in messages
            ]
        )

    def receive(self, count, waitMs, mode="peekLock", deadLetters=False):
        receiver = self.open_receiver(mode, deadLetters)
        messages = receiver.receive_messages(max_message_count=count, max_wait_time=waitMs / 1000)
        return self.see(receiver, messages)

    def receiveDeferred(self, sequenceNumber):
        receiver = self.open_receiver()
        return self.see(receiver, receiver.receive_deferred_messages(sequenceNumber))

    def settle(self, handle, how):
        message, receiver = self.held[handle]
        if how == "complete":
            receiver.complete_message(message)
        elif how == "abandon":
            receiver.abandon_message(message)
        elif how == "defer":
            receiver.defer_message(message)
        else:
            receiver.dead_letter_message(message, **DEAD_LETTER)

    def renew(self, handle):
        message, receiver = self.held[handle]
        return milliseconds(receiver.renew_message_lock(message))

    def peek(self, count):
        with self.receiver_for() as receiver:
            return [describe("", each) for each in receiver.peek_messages(count)]

    def close(self):
        # All at once: each takes half a second.
        receivers = {id(receiver): receiver for _, receiver in self.held.values()}
        handlers = [*receivers.values(), *([] if self.sender is None else [self.sender])]
        with ThreadPoolExecutor(max_workers=16) as pool:
            list(pool.map(lambda handler: handler.close(), handlers))
        self.client.close()


def attempt(action):
    try:
        return {"ok": True, "value": action()}
    except ServiceBusError as error:
        fault = next(word for kinds, word in FAULTS if isinstance(error, kinds))
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return {"ok": False, "fault": fault}


def main():
    driver = None
    for line in sys.stdin:
        request = json.loads(line)
        name, arguments = request["call"], request["arguments"]
        if name == "open":
            driver = Driver(**arguments)
            answer = {"ok": True, "value": None}
        else:
            answer = attempt(lambda: getattr(driver, name)(**arguments))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
