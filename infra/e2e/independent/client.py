"""A client of the public contract that shares no code with the platform: librdkafka, Confluent's registry client and fastavro.

  client.py produce   reads one JSON object a line from standard input: {"value": {...}, "headers": {...}, "times": 1};
                      "schemaId" names another schema than the one it was written with
  client.py follow TOPIC...
                      prints every event of these topics as JSON lines, from the first on, until it is ended
  client.py disturb duplicate|reorder|corrupt TOPIC COUNT SEED
                      delivers the last events of a topic again, in their order or another, or bytes that are no event

Schemas come from the registry, never from the repository's files.
"""

import json
import os
import random
import sys
import time

import httpx
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

brokers = os.environ["KAFKA_BROKERS"]
registry = SchemaRegistryClient({"url": os.environ["SCHEMA_REGISTRY_URL"]})


def produce() -> None:
    topic = "video.uploaded"
    schema = registry.get_latest_version(f"{topic}-value").schema
    serialize = AvroSerializer(registry, schema, conf={"auto.register.schemas": False, "use.latest.version": True})
    producer = Producer({"bootstrap.servers": brokers, "acks": "all"})
    failures = []
    for line in sys.stdin:
        order = json.loads(line)
        value = serialize(order["value"], SerializationContext(topic, MessageField.VALUE))
        if "schemaId" in order:
            value = value[:1] + order["schemaId"].to_bytes(4, "big") + value[5:]
        for _ in range(order.get("times", 1)):
            producer.produce(
                topic,
                key=order["value"]["videoId"],
                value=value,
                headers=list(order.get("headers", {}).items()),
                on_delivery=lambda error, _message: failures.append(str(error)) if error else None,
            )
    remaining = producer.flush(30)
    if remaining or failures:
        sys.exit(f"not delivered: {remaining} {failures}")


def read_event(deserialize: AvroDeserializer, message):
    """None for bytes that are no event; a registry that does not answer is asked again."""
    while True:
        try:
            return deserialize(message.value(), SerializationContext(message.topic(), MessageField.VALUE))
        except (SchemaRegistryError, OSError, httpx.HTTPError) as error:
            if getattr(error, "http_status_code", None) == 404:
                return None
            time.sleep(1)
        except Exception as error:  # Of spoilt bytes a decoder may complain in any way.
            print(f"no event: {error}", file=sys.stderr)
            return None


def follow(*topics: str) -> None:
    deserialize = AvroDeserializer(registry)
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": f"independent-{os.getpid()}", "enable.auto.commit": False})
    metadata = consumer.list_topics(timeout=20)
    consumer.assign([TopicPartition(topic, partition, 0) for topic in topics for partition in metadata.topics[topic].partitions])
    while True:
        message = consumer.poll(0.5)
        if message is None or message.error():
            continue
        event = read_event(deserialize, message)
        if event is None:
            continue
        headers = {name: value.decode() for name, value in message.headers() or []}
        print(json.dumps({"topic": message.topic(), "key": message.key().decode(), "headers": headers, "event": event}, default=str), flush=True)


def last_messages(topic: str, count: int) -> list:
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": f"independent-{os.getpid()}", "enable.auto.commit": False})
    found = []
    for partition in consumer.list_topics(topic, timeout=20).topics[topic].partitions:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=20)
        begin = max(low, high - count)
        consumer.assign([TopicPartition(topic, partition, begin)])
        while begin < high:
            message = consumer.poll(10)
            if message is None:
                break
            if not message.error():
                found.append(message)
                begin = message.offset() + 1
    consumer.close()
    return sorted(found, key=lambda message: message.timestamp()[1])[-count:]


def spoil(chance: random.Random, value: bytes) -> bytes:
    return chance.choice(
        [
            b"",
            chance.randbytes(chance.randint(1, 200)),
            b"\x00\x7f\xff\xff\xff" + value[5:],
            value[: 5 + (len(value) - 5) // 2],
        ]
    )


def disturb(how: str, topic: str, count: int, seed: int) -> None:
    chance = random.Random(seed)
    messages = last_messages(topic, count)
    if how == "reorder":
        chance.shuffle(messages)
    producer = Producer({"bootstrap.servers": brokers, "acks": "all"})
    for message in messages:
        value = spoil(chance, message.value() or b"") if how == "corrupt" else message.value()
        producer.produce(topic, key=message.key(), value=value, headers=message.headers())
    if producer.flush(30):
        sys.exit("not delivered")
    print(len(messages))


if __name__ == "__main__":
    if sys.argv[1] == "disturb":
        disturb(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    else:
        {"produce": produce, "follow": follow}[sys.argv[1]](*sys.argv[2:])
